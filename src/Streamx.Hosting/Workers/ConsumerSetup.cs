namespace Streamx.Hosting;

/// <summary>What every kind of consumer is built from.</summary>
/// <param name="Stream">The stream it consumes.</param>
/// <param name="Name">Its name.</param>
/// <param name="Options">Its settings.</param>
internal sealed record ConsumerSetup<T>(HostedStream<T> Stream, string Name, ConsumerOptions Options)
{
    /// <summary>For a processor, the stream it puts into.</summary>
    internal OutputPort? Output { get; init; }

    /// <summary>Its code, or the scope of it, could not be disposed of, beside another failure that this one must not hide.</summary>
    internal void OnDisposeFailed(Exception error) => Log.DisposeFailed(Stream.Logger, error, Stream.Name, Name);

    /// <summary>What is to be read of a subscription: all of it, or between processes what may be begun.</summary>
    internal IAsyncEnumerable<T> ValuesOf(StreamSubscription<T> subscription) =>
        Stream.Remote is { } remote ? new FencedSubscription<T>(subscription, remote.FeedOf(Name).Fence) : subscription;
}
