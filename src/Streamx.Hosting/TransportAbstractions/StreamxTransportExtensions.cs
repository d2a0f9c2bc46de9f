namespace Streamx.Hosting;

/// <summary>Has an engine carry a stream. For packages that bring one: their users call a method of that package.</summary>
public static class StreamxTransportExtensions
{
    /// <summary>Has a stream's values go between processes, over an engine.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="builder">The stream.</param>
    /// <param name="section">
    /// The name of the section of the engine's settings, below the stream's own in the configuration: its keys are not checked here.
    /// </param>
    /// <param name="create">
    /// Creates the transport and what goes with it, once for each container. A stream has one: the last that was set.
    /// </param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The section has no name, or the builder is not one of this package.</exception>
    public static IStreamxBuilder<T> UseTransport<T>(
        this IStreamxBuilder<T> builder, string section, Func<IServiceProvider, TransportSetup<T>> create)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(section);
        ArgumentNullException.ThrowIfNull(create);
        if (builder is not StreamxBuilder<T> own)
            throw new ArgumentException("The builder is not one that AddStreamx has returned.", nameof(builder));
        own.UseTransport(section, create);
        return builder;
    }
}
