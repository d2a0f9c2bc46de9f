using OpenTelemetry.Metrics;

namespace Streamx.Hosting;

/// <summary>Collects the streams' metrics with OpenTelemetry.</summary>
public static class StreamxMeterProviderBuilderExtensions
{
    /// <summary>Collects every instrument of the meter <see cref="StreamxTelemetry.MeterName"/>.</summary>
    /// <param name="builder">The builder of the provider.</param>
    /// <returns>The same builder.</returns>
    /// <remarks>Calling it again changes nothing. The instruments bring their histogram buckets along; a view overrides them.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static MeterProviderBuilder AddStreamxInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(StreamxTelemetry.MeterName);
    }
}
