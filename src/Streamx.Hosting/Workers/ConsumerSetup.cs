namespace Streamx.Hosting.Workers;

/// <summary>The parts that every kind of consumer is built from.</summary>
/// <param name="Stream">The stream it consumes.</param>
/// <param name="Name">Its name.</param>
/// <param name="Options">Its settings.</param>
internal sealed record ConsumerSetup<T>(HostedStream<T> Stream, string Name, ConsumerOptions Options)
{
    /// <summary>For a processor, the stream it puts into.</summary>
    internal OutputPort? Output { get; init; }

    /// <summary>
    /// Its code, or the scope of its code, could not be disposed of, in addition to another failure that this one must not hide.
    /// </summary>
    internal void OnDisposeFailed(Exception error) => Log.DisposeFailed(Stream.Logger, error, Stream.Name, Name);

    /// <summary>Its handler threw after it had finished what it has in hand in a transaction: that decides nothing.</summary>
    internal void OnFailedAfterFinish(Exception error, ItemInHand item, string outcome) =>
        Log.HandlerFailedAfterFinish(Stream.Logger, error, Stream.Name, Name, item, outcome);
}
