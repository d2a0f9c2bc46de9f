using OpenTelemetry.Trace;

namespace Streamx.Hosting;

/// <summary>Collects the streams' traces with OpenTelemetry.</summary>
public static class StreamxTracerProviderBuilderExtensions
{
    /// <summary>Collects the activities of the source <see cref="StreamxSources.ActivitySourceName"/>.</summary>
    /// <param name="builder">The builder of the provider.</param>
    /// <returns>The same builder.</returns>
    /// <remarks>Calling it again changes nothing. Without it, or another listener, no activity is ever made.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static TracerProviderBuilder AddStreamxInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(StreamxSources.ActivitySourceName);
    }
}
