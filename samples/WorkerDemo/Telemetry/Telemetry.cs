using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Streamx.Hosting;
using Streamx.Hosting.RabbitMQ;

namespace WorkerDemo;

/// <summary>Logs through Serilog; metrics and traces over OTLP where a collector is named.</summary>
internal static class Telemetry
{
    /// <summary>Adds both.</summary>
    /// <remarks>
    /// Add it before the streams: hosted services start in order, and instruments should find their listener. The resource comes
    /// from OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES alone; naming the service in code would override them. So do the
    /// exporters' protocol, headers and timeout from theirs.
    /// </remarks>
    internal static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        var options = Logging.Read(builder.Configuration);
        builder.Services.AddSingleton(options);
        TelemetryWiring.AddSerilog(builder, Logging.CreateLogger(options));
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return;
        TelemetryWiring.AddOpenTelemetry(builder.Services)
            .WithMetrics(metrics => metrics.AddStreamxInstrumentation().AddMeter(StreamxRabbitMqTelemetry.MeterName, "System.Runtime").AddOtlpExporter())
            .WithTracing(traces => traces.AddStreamxInstrumentation().AddOtlpExporter());
    }
}
