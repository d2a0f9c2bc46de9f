using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Streamx.Hosting;

namespace StreamxWorker;

/// <summary>Metrics and traces over OTLP, where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector; the service's name is <c>OTEL_SERVICE_NAME</c>.</summary>
public sealed class Telemetry : IDisposable
{
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    private Telemetry(MeterProvider? metrics, TracerProvider? traces) => (_metrics, _traces) = (metrics, traces);

    /// <summary>Starts both, before there is anything to measure.</summary>
    public static Telemetry Start()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"))) return new Telemetry(null, null);
        return new Telemetry(
            Sdk.CreateMeterProviderBuilder().AddStreamxInstrumentation().AddMeter("System.Runtime").AddOtlpExporter().Build(),
            Sdk.CreateTracerProviderBuilder().AddStreamxInstrumentation().AddOtlpExporter().Build());
    }

    /// <summary>Exports once more.</summary>
    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }
}
