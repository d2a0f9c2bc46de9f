using OpenTelemetry;
using OpenTelemetry.Resources;
using Streamx.Hosting;

namespace StreamxWorker;

/// <summary>Metrics, traces and logs over OTLP, where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector.</summary>
public static class Telemetry
{
    /// <summary>Adds them. Add it before the streams: hosted services start in order, and instruments should find their listener.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return;
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService(builder.Environment.ApplicationName, serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3))
                // Last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddStreamxInstrumentation().AddMeter("System.Runtime"))
            .WithTracing(traces => traces.AddStreamxInstrumentation())
            .WithLogging(configureBuilder: null, logs => logs.IncludeFormattedMessage = true)
            .UseOtlpExporter();
    }
}
