using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting;

/// <summary>Registers lock-step streams and their workers with a host.</summary>
public static class StreamxServiceCollectionExtensions
{
    /// <summary>Registers the stream of <typeparamref name="T"/>, named after the type.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the stream's options; the configuration section <c>Streamx:&lt;name&gt;</c> wins over it.</param>
    /// <returns>A builder for the stream's producers and consumers.</returns>
    /// <remarks>
    /// <para>May be called again: there is one stream, and the options compose in order.</para>
    /// <para><see cref="IStreamWriter{T}"/> and <see cref="AsyncStream{T}"/> resolve from the container, without a key and keyed by
    /// the name. The host ends the stream: disposing either does nothing. A put through them before the host has started waits
    /// for the consumers, which are all subscribed in one step; one made after the host has begun to stop may meet
    /// <see cref="StreamClosedException"/>.</para>
    /// <para>A put or a flush that a consumer makes into its own stream could only wait for itself. Through an
    /// <see cref="IStreamWriter{T}"/> it throws <see cref="InvalidOperationException"/> at once; an <see cref="AsyncStream{T}"/> is not
    /// guarded, and a cycle through other streams is noticed only if it is made of processors.</para>
    /// <para>At start, every registered consumer is subscribed before any producer runs, whatever the order of registration.
    /// A bad option, a stream without a consumer or a name used twice stops the start with a message that names it.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IStreamxBuilder<T> AddStreamx<T>(this IServiceCollection services, Action<StreamxOptions>? configure = null)
    {
        var builder = AddStreamx<T>(services, typeof(T).Name, configure);
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<AsyncStream<T>>(builder.Name));
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<IStreamWriter<T>>(builder.Name));
        return builder;
    }

    /// <summary>Registers a named stream of <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The name: unique among all streams of the host, without a colon, compared without case.</param>
    /// <param name="configure">Sets the stream's options; the configuration section <c>Streamx:&lt;name&gt;</c> wins over it.</param>
    /// <returns>A builder for the stream's producers and consumers.</returns>
    /// <remarks>
    /// As the unnamed form, but <see cref="IStreamWriter{T}"/> and <see cref="AsyncStream{T}"/> resolve only with the name as key:
    /// <c>[FromKeyedServices("orders")] IStreamWriter&lt;Order&gt; orders</c>.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or contains a colon.</exception>
    public static IStreamxBuilder<T> AddStreamx<T>(this IServiceCollection services, string name, Action<StreamxOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        Names.Check(name, nameof(name));
        var registration = GetRegistry(services).GetOrAdd<T>(name, out var isNew);

        var options = services.AddOptions<StreamxOptions>(registration.Name);
        if (configure is not null) options.Configure(configure);
        if (isNew)
        {
            options
                .PostConfigure<IServiceProvider>((current, provider) => StreamxConfiguration.Bind(provider, registration.Name, current))
                .ValidateOnStart();
        }

        // For each spelling of the name, since container keys compare with case.
        services.TryAddKeyedSingleton(name, (provider, _) => HostedStreams.Of(provider).Inject(registration).InjectableStream);
        services.TryAddKeyedSingleton(name, (provider, _) => HostedStreams.Of(provider).Inject(registration).CreateInjectedWriter());
        return new StreamxBuilder<T>(services, registration);
    }

    /// <summary>What all streams of a host share, registered with the first of them.</summary>
    private static StreamxRegistry GetRegistry(IServiceCollection services)
    {
        if (StreamxRegistry.Find(services) is { } found) return found;
        var registry = new StreamxRegistry(services);
        services.AddLogging();
        services.AddSingleton(registry);
        services.AddMetrics();
        services.AddSingleton<StreamxMetrics>();
        services.AddSingleton<HostedStreams>();
        services.AddSingleton<RunningStreams>();
        services.AddSingleton<StreamxShutdown>();
        services.AddSingleton<IStreamxShutdown>(provider => provider.GetRequiredService<StreamxShutdown>());
        services.AddSingleton<IStreamxControl, StreamxControl>();
        services.AddSingleton<IValidateOptions<StreamxOptions>, StreamxOptionsValidator>();
        services.AddSingleton<IValidateOptions<ProducerOptions>, ProducerOptionsValidator>();
        services.AddSingleton<IValidateOptions<ConsumerOptions>, ConsumerOptionsValidator>();
        services.AddSingleton<IValidateOptions<BatchConsumerOptions>, ConsumerOptionsValidator>();
        services.AddSingleton<IValidateOptions<ProcessorOptions>, ConsumerOptionsValidator>();
        services.AddHostedService<StreamxCoordinator>();
        return registry;
    }
}
