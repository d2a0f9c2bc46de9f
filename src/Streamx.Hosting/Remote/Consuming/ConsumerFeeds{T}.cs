namespace Streamx.Hosting.Remote.Consuming;

/// <summary>What brings values to the consumers of this process, of a stream between processes: one feed for each.</summary>
/// <param name="stream">The stream.</param>
/// <param name="setup">How it goes between processes.</param>
/// <param name="host">Is told of sessions.</param>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class ConsumerFeeds<T>(HostedStream<T> stream, TransportSetup<T> setup, IRemoteHost host)
{
    /// <summary>By the name of the consumer. Complete before anything runs.</summary>
    private readonly Dictionary<string, ConsumerFeed<T>> _feeds = new(Names.Comparer);

    /// <summary>The feed of a consumer.</summary>
    internal ConsumerFeed<T> this[string consumer] => _feeds[consumer];

    /// <summary>The consumers of this process.</summary>
    internal IReadOnlyCollection<string> Consumers => _feeds.Keys;

    /// <summary>The consumers that have not finished what came to this process.</summary>
    internal IEnumerable<string> Behind => _feeds.Values.Where(feed => feed.IsBehind).Select(feed => feed.Name);

    /// <summary>How many values have come to the consumer that most have come to.</summary>
    internal long ValuesAccepted => _feeds.Values.Select(feed => feed.ValuesAccepted).DefaultIfEmpty().Max();

    /// <summary>What a process that does not lead knows of its own consumers.</summary>
    internal IReadOnlyList<StreamxRemoteName> Describe() =>
    [
        .. _feeds.Values.OrderBy(feed => feed.Name, Names.Comparer).Select(feed => new StreamxRemoteName
        {
            Name = feed.Name,
            Lag = null,
            IsGating = false,
            Instance = feed.IsActive ? setup.Transport.Instance : null,
            Standbys = [],
            Processes = null,
        }),
    ];

    /// <summary>Adds the feed of a consumer.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="mayDeliver">Ends when it may be given values.</param>
    internal void Add(ConsumerWorker<T> consumer, Task mayDeliver) => _feeds[consumer.Name] = new ConsumerFeed<T>(stream, setup, consumer, host, mayDeliver);

    /// <summary>Brings values until each consumer has come to the end of the stream, or has been stopped. It does not fault.</summary>
    /// <returns>Whether any of them has come to the end.</returns>
    internal async Task<bool> RunAsync()
    {
        await Task.WhenAll(_feeds.Values.Select(feed => AmbientState.RunApart(() => RunAsync(feed)))).ConfigureAwait(false);
        return _feeds.Values.Any(feed => feed.HasReachedEnd);
    }

    /// <inheritdoc cref="ConsumerFeed{T}.Stop"/>
    internal void Stop()
    {
        foreach (var feed in _feeds.Values) feed.Stop();
    }

    /// <inheritdoc cref="ConsumerFeed{T}.Fault"/>
    internal void Fault(Exception error)
    {
        foreach (var feed in _feeds.Values) feed.Fault(error);
    }

    /// <inheritdoc cref="ConsumerFeed{T}.Abort"/>
    internal void Abort(CancellationToken because)
    {
        foreach (var feed in _feeds.Values) feed.Abort(because);
    }

    private async Task RunAsync(ConsumerFeed<T> feed)
    {
        try
        {
            await feed.RunAsync(stream.AbortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            stream.Fail(error);
        }
    }
}
