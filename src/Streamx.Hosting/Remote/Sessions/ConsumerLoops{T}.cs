namespace Streamx.Hosting.Remote.Sessions;

/// <summary>The loops of this process for one stream between processes: one for each consumer.</summary>
/// <param name="stream">The stream.</param>
/// <param name="setup">How the stream goes between processes.</param>
/// <param name="events">Notified of sessions.</param>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class ConsumerLoops<T>(HostedStream<T> stream, TransportSetup<T> setup, IRemoteEvents events)
{
    /// <summary>By the name of the consumer. Complete before anything runs.</summary>
    private readonly Dictionary<string, ConsumerLoop<T>> _consumers = new(Names.Comparer);

    /// <summary>The loop of a consumer.</summary>
    internal ConsumerLoop<T> this[string consumer] => _consumers[consumer];

    /// <summary>The consumers of this process.</summary>
    internal IReadOnlyCollection<string> Consumers => _consumers.Keys;

    /// <summary>Those that begin at the oldest value when they are first registered.</summary>
    internal IReadOnlyCollection<string> FromOldest =>
        [.. _consumers.Values.Where(loop => loop.StartsFrom == StartFrom.Oldest).Select(loop => loop.Name)];

    /// <summary>The consumers that have not finished what came to this process.</summary>
    internal IEnumerable<string> Behind => _consumers.Values.Where(loop => loop.IsBehind).Select(loop => loop.Name);

    /// <summary>How many values the consumer with the most values has been given.</summary>
    internal long ValuesAccepted => _consumers.Values.Select(loop => loop.ValuesAccepted).DefaultIfEmpty().Max();

    /// <summary>What a process that does not lead knows of its own consumers.</summary>
    internal IReadOnlyList<StreamxRemoteName> Describe() =>
    [
        .. _consumers.Values.OrderBy(loop => loop.Name, Names.Comparer).Select(loop => new StreamxRemoteName
        {
            Name = loop.Name,
            Lag = null,
            IsGating = false,
            Instance = loop.IsActive ? setup.Transport.Instance : null,
            Standbys = [],
            Processes = null,
        }),
    ];

    /// <summary>Adds the loop of a consumer.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="mayDeliver">Ends when it may be given values.</param>
    internal void Add(ConsumerWorker<T> consumer, Task mayDeliver) =>
        _consumers[consumer.Name] = new ConsumerLoop<T>(stream, setup, consumer, events, mayDeliver);

    /// <summary>Brings values until each consumer has come to the end of the stream, or has been stopped. It does not fault.</summary>
    /// <returns>Whether any of them has come to the end.</returns>
    internal async Task<bool> RunAsync()
    {
        await Task.WhenAll(_consumers.Values.Select(loop => AmbientState.RunApart(() => RunAsync(loop)))).ConfigureAwait(false);
        return _consumers.Values.Any(loop => loop.HasReachedEnd);
    }

    /// <inheritdoc cref="ConsumerLoop{T}.Stop"/>
    internal void Stop()
    {
        foreach (var loop in _consumers.Values) loop.Stop();
    }

    /// <inheritdoc cref="ConsumerLoop{T}.Fault"/>
    internal void Fault(Exception error)
    {
        foreach (var loop in _consumers.Values) loop.Fault(error);
    }

    /// <inheritdoc cref="ConsumerLoop{T}.Abort"/>
    internal void Abort(CancellationToken because)
    {
        foreach (var loop in _consumers.Values) loop.Abort(because);
    }

    private async Task RunAsync(ConsumerLoop<T> loop)
    {
        try
        {
            await loop.RunAsync(stream.AbortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            stream.Fail(error);
        }
    }
}
