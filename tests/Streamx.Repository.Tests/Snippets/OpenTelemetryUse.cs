using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code of the OpenTelemetry package's README.</summary>
internal static class OpenTelemetryUse
{
    public static void Register(IServiceCollection services)
    {
        #region hosting
        services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddStreamxInstrumentation().AddOtlpExporter())
            .WithTracing(traces => traces.AddStreamxInstrumentation().AddOtlpExporter());
        #endregion
    }

    public static IDisposable[] Build()
    {
        #region sdk
        var metrics = Sdk.CreateMeterProviderBuilder().AddStreamxInstrumentation().AddOtlpExporter().Build();
        var traces = Sdk.CreateTracerProviderBuilder().AddStreamxInstrumentation().AddOtlpExporter().Build();
        #endregion
        return [metrics, traces];
    }

    public static void Sample(TracerProviderBuilder traces) => traces.SetSampler(new TraceIdRatioBasedSampler(0.01));

    /// <summary>What OpenTelemetry.Extensions.Hosting has, as far as this needs it.</summary>
    private static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services) => new(services);

    private sealed class OpenTelemetryBuilder(IServiceCollection services) : IOpenTelemetryBuilder
    {
        public IServiceCollection Services => services;
    }
}
