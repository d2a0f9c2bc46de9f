using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
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
    /// <para><see cref="IStreamWriter{T}"/> and <see cref="AsyncStream{T}"/> resolve from the container, keyed by the name and without
    /// a key: that is the stream registered without a name, or else the only one of <typeparamref name="T"/>. The host ends the
    /// stream: disposing either does nothing. A put through them before the host subscribes the consumers, which is before it starts
    /// the first hosted service, throws <see cref="InvalidOperationException"/>. One made while the host stops its services is still
    /// accepted, if the writer was resolved before the host began to stop; later ones meet <see cref="StreamClosedException"/>.</para>
    /// <para>A put or a flush that a consumer makes into its own stream could only wait for itself. Through an
    /// <see cref="IStreamWriter{T}"/> it throws <see cref="InvalidOperationException"/> at once; an <see cref="AsyncStream{T}"/> is not
    /// guarded, and a cycle through other streams is noticed only if it is made of processors.</para>
    /// <para>At start, every registered consumer is subscribed and runs before any hosted service starts, whatever the order of
    /// registration; producers run once all services have started.
    /// A bad option, a stream without a consumer or a name used twice stops the start with a message that names it.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IStreamxBuilder<T> AddStreamx<T>(this IServiceCollection services, Action<StreamxOptions>? configure = null)
    {
        var builder = AddStreamx<T>(services, typeof(T).Name, configure);
        GetRegistry(services).GetOrAdd<T>(builder.Name, out _).IsUnnamed = true;
        return builder;
    }

    /// <summary>Registers a named stream of <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The name: unique among all streams of the host, without a colon, compared without case.</param>
    /// <param name="configure">Sets the stream's options; the configuration section <c>Streamx:&lt;name&gt;</c> wins over it.</param>
    /// <returns>A builder for the stream's producers and consumers.</returns>
    /// <remarks>
    /// As the unnamed form. While it is the only stream of <typeparamref name="T"/>, <see cref="IStreamWriter{T}"/> and
    /// <see cref="AsyncStream{T}"/> resolve without a key, too. With several only the name says which:
    /// <c>[FromKeyedServices("orders")] IStreamWriter&lt;Order&gt; orders</c>.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or contains a colon.</exception>
    public static IStreamxBuilder<T> AddStreamx<T>(this IServiceCollection services, string name, Action<StreamxOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        Names.Check(name, nameof(name));
        var registry = GetRegistry(services);
        var registration = registry.GetOrAdd<T>(name, out var isNew);

        var options = services.AddOptions<StreamxOptions>(registration.Name);
        if (configure is not null) options.Configure(configure);
        if (isNew)
        {
            options
                .PostConfigure<IServiceProvider>((current, provider) => StreamxConfiguration.Bind(provider, registration.Name, current))
                .ValidateOnStart();
        }

        // For each spelling of the name, since container keys compare with case.
        services.TryAddKeyedSingleton(name, (provider, _) => HostedStreams.Of(provider).InjectStream(registration));
        services.TryAddKeyedSingleton(name, (provider, _) => HostedStreams.Of(provider).InjectWriter(registration));
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<AsyncStream<T>>(registry.OnlyNameOf<T>()));
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<IStreamWriter<T>>(registry.OnlyNameOf<T>()));
        return new StreamxBuilder<T>(services, registration);
    }

    /// <summary>The services that all streams of a host share, registered with the first of them.</summary>
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
        services.AddSingleton<ShutdownReportSource>();
        services.AddSingleton<IStreamxShutdown>(provider => provider.GetRequiredService<ShutdownReportSource>());
        services.AddSingleton<IStreamxControl, StreamxControl>();
        services.AddSingleton<IValidateOptions<StreamxOptions>, StreamxOptionsValidator>();
        services.AddSingleton<IValidateOptions<ProducerOptions>, ProducerOptionsValidator>();
        services.AddSingleton<IValidateOptions<ConsumerOptions>, ConsumerOptionsValidator>();
        services.AddSingleton<IValidateOptions<BatchConsumerOptions>, ConsumerOptionsValidator>();
        services.AddSingleton<IValidateOptions<ProcessorOptions>, ConsumerOptionsValidator>();
        services.AddSingleton<StreamxStart>();
        services.AddHostedService<StreamxCoordinator>();
        StreamxStartupValidator.Register(services);
        // A container disposes in reverse order of creation. Created with the host, the meters' factory outlives every meter provider,
        // whose last export would otherwise miss the instruments that are measured on collection (opentelemetry-dotnet#5261).
        services.AddOptions<HostOptions>().Configure<IMeterFactory>(static (_, _) => { });
        return registry;
    }
}
