using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting.Streams;

/// <summary>The streams of one container, each built when first asked for.</summary>
/// <remarks>Safe from any thread: an endpoint may inject a writer while the host starts.</remarks>
internal sealed class HostedStreams(StreamxRegistry registry, IServiceProvider services)
{
    /// <summary>Guards <see cref="_built"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The streams built so far.</summary>
    private readonly Dictionary<StreamRegistration, HostedStream> _built = [];

    /// <summary>The container.</summary>
    internal IServiceProvider Services => services;

    /// <summary>The streams of a container.</summary>
    internal static HostedStreams Of(IServiceProvider services) => services.GetRequiredService<HostedStreams>();

    /// <summary>Every registered stream, in the order of registration.</summary>
    internal IReadOnlyList<HostedStream> All() => [.. registry.Streams.Select(Get)];

    /// <summary>The streams that have been built so far.</summary>
    internal IReadOnlyList<HostedStream> Built()
    {
        lock (_lock) return [.. _built.Values];
    }

    /// <summary>A writer for application code, which may put through it while the host runs.</summary>
    internal IStreamWriter<T> InjectWriter<T>(StreamRegistration<T> registration)
    {
        var stream = (HostedStream<T>)Get(registration);
        stream.HasInjectedWriter = true;
        stream.InjectedPuts.Expect();
        return stream.CreateInjectedWriter();
    }

    /// <summary>A stream for application code, which may put into it while the host runs.</summary>
    /// <exception cref="InvalidOperationException">Its values go between processes.</exception>
    internal AsyncStream<T> InjectStream<T>(StreamRegistration<T> registration)
    {
        var stream = (HostedStream<T>)Get(registration);
        var injected = stream.Backend.InjectableStream;
        stream.HasInjectedWriter = true;
        return injected;
    }

    private HostedStream Get(StreamRegistration registration)
    {
        lock (_lock)
        {
            if (!_built.TryGetValue(registration, out var stream)) _built[registration] = stream = registration.Build(services);
            return stream;
        }
    }
}
