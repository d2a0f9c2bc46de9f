namespace Streamx.Hosting;

/// <summary>
/// How a value came to this process over a broker: with it a handler becomes idempotent and fences its writes to other systems.
/// </summary>
/// <remarks>
/// Known while a handler of a stream between processes is called: in <see cref="IConsumer{T}"/>, <see cref="IProcessor{TIn, TOut}"/>,
/// <see cref="IBatchConsumer{T}"/> and delegates, and in what they call. Loops (<see cref="IStreamConsumer{T}"/>) and streams within
/// one process have none.
/// </remarks>
public sealed record StreamxDelivery
{
    /// <summary>
    /// A delivery, or the array of those of a batch. Set by a method that only calls the handler, so that it ends with the call.
    /// </summary>
    private static readonly AsyncLocal<object?> s_current = new();

    /// <summary>The delivery of the value in hand; null outside of a handler, in a batch, and in one process.</summary>
    public static StreamxDelivery? Current => s_current.Value as StreamxDelivery;

    /// <summary>
    /// The deliveries of the batch in hand, in its order; empty outside of an <see cref="IBatchConsumer{T}"/>, and in one process.
    /// </summary>
    public static IReadOnlyList<StreamxDelivery> CurrentBatch => s_current.Value as StreamxDelivery[] ?? [];

    /// <summary>
    /// Grows each time another process, or the same one after a break, begins to put. A store that has seen a newer one of the same
    /// <see cref="StreamId"/> can refuse an older.
    /// </summary>
    public required long Epoch { get; init; }

    /// <summary>The value's number in the stream, from 1; the same for every consumer, and each time it is delivered.</summary>
    /// <remarks>
    /// Stored in the same transaction as the handler's writes, with <see cref="StreamId"/>, it distinguishes a repeat from a new value:
    /// numbers of one id only grow. They begin again, under another id, only if the broker or database has lost the stream and its leader
    /// knows nothing of the numbers.
    /// </remarks>
    public required long Sequence { get; init; }

    /// <summary>
    /// Identifies the stream as the broker or database keeps it: another one when that has lost the stream, for example with its disk.
    /// Numbers and epochs of different ids need not be comparable. Zero where the transport has no ids.
    /// </summary>
    public long StreamId { get; init; }

    /// <summary>
    /// Whether it was delivered to a process of this consumer before, which may have handled it. False promises that none has.
    /// </summary>
    public required bool IsRedelivered { get; init; }

    /// <summary>What a handler may know of a delivery.</summary>
    internal static StreamxDelivery Of(TransportDelivery delivery) => new()
    {
        StreamId = delivery.StreamId,
        Epoch = delivery.Epoch,
        Sequence = delivery.Sequence,
        IsRedelivered = delivery.IsRedelivered,
    };

    /// <summary>Makes it the current delivery of the calling method, and of the methods that it calls.</summary>
    internal void Enter() => s_current.Value = this;

    /// <summary>Makes a batch the current one of the calling method, and of the methods that it calls.</summary>
    internal static void Enter(StreamxDelivery[] batch) => s_current.Value = batch;
}
