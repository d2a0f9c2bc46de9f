using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace Streamx.Hosting;

/// <summary>Collects the streams' metrics with OpenTelemetry.</summary>
public static class StreamxMeterProviderBuilderExtensions
{
    /// <summary>
    /// Collects every instrument of the meter <see cref="StreamxSources.MeterName"/>, and those of the engines that keep or carry streams:
    /// their meters have names that begin with that one and a dot.
    /// </summary>
    /// <param name="builder">The builder of the provider.</param>
    /// <returns>The same builder.</returns>
    /// <remarks>
    /// <para>Calling it again changes nothing. The instruments bring their histogram buckets along; a view overrides them.</para>
    /// <para>In a container the provider's last export, when the container is disposed, still has every instrument.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static MeterProviderBuilder AddStreamxInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // A container disposes in reverse order of creation, and the meters' factory would come after the provider: the last export
        // would find its meters gone, and with them all that is measured on collection. So the factory is created while the provider is.
        if (builder is IDeferredMeterProviderBuilder deferred)
            deferred.Configure(static (services, _) => services.GetService<IMeterFactory>());
        return builder.AddMeter(StreamxSources.MeterName, $"{StreamxSources.MeterName}.*");
    }
}
