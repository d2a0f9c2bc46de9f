namespace Streamx.Hosting.Remote.Consuming;

/// <summary>The pumps of this process for one stream between processes: one for each consumer.</summary>
/// <param name="stream">The stream.</param>
/// <param name="setup">How the stream goes between processes.</param>
/// <param name="host">Notified of sessions.</param>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class ConsumerPumps<T>(HostedStream<T> stream, TransportSetup<T> setup, IRemoteHost host)
{
    /// <summary>By the name of the consumer. Complete before anything runs.</summary>
    private readonly Dictionary<string, ConsumerPump<T>> _pumps = new(Names.Comparer);

    /// <summary>The pump of a consumer.</summary>
    internal ConsumerPump<T> this[string consumer] => _pumps[consumer];

    /// <summary>The consumers of this process.</summary>
    internal IReadOnlyCollection<string> Consumers => _pumps.Keys;

    /// <summary>The consumers that have not finished what came to this process.</summary>
    internal IEnumerable<string> Behind => _pumps.Values.Where(pump => pump.IsBehind).Select(pump => pump.Name);

    /// <summary>How many values the consumer with the most values has been given.</summary>
    internal long ValuesAccepted => _pumps.Values.Select(pump => pump.ValuesAccepted).DefaultIfEmpty().Max();

    /// <summary>What a process that does not lead knows of its own consumers.</summary>
    internal IReadOnlyList<StreamxRemoteName> Describe() =>
    [
        .. _pumps.Values.OrderBy(pump => pump.Name, Names.Comparer).Select(pump => new StreamxRemoteName
        {
            Name = pump.Name,
            Lag = null,
            IsGating = false,
            Instance = pump.IsActive ? setup.Transport.Instance : null,
            Standbys = [],
            Processes = null,
        }),
    ];

    /// <summary>Adds the pump of a consumer.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="mayDeliver">Ends when it may be given values.</param>
    internal void Add(ConsumerWorker<T> consumer, Task mayDeliver) => _pumps[consumer.Name] = new ConsumerPump<T>(stream, setup, consumer, host, mayDeliver);

    /// <summary>Brings values until each consumer has come to the end of the stream, or has been stopped. It does not fault.</summary>
    /// <returns>Whether any of them has come to the end.</returns>
    internal async Task<bool> RunAsync()
    {
        await Task.WhenAll(_pumps.Values.Select(pump => AmbientState.RunApart(() => RunAsync(pump)))).ConfigureAwait(false);
        return _pumps.Values.Any(pump => pump.HasReachedEnd);
    }

    /// <inheritdoc cref="ConsumerPump{T}.Stop"/>
    internal void Stop()
    {
        foreach (var pump in _pumps.Values) pump.Stop();
    }

    /// <inheritdoc cref="ConsumerPump{T}.Fault"/>
    internal void Fault(Exception error)
    {
        foreach (var pump in _pumps.Values) pump.Fault(error);
    }

    /// <inheritdoc cref="ConsumerPump{T}.Abort"/>
    internal void Abort(CancellationToken because)
    {
        foreach (var pump in _pumps.Values) pump.Abort(because);
    }

    private async Task RunAsync(ConsumerPump<T> pump)
    {
        try
        {
            await pump.RunAsync(stream.AbortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            stream.Fail(error);
        }
    }
}
