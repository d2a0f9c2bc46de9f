using System.Data.Common;

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
    /// <summary>The delivery of the value in hand; null outside of a handler, in a batch, and in one process.</summary>
    public static StreamxDelivery? Current => HandlerCall.Current?.Value;

    /// <summary>
    /// The deliveries of the batch in hand, in its order; empty outside of an <see cref="IBatchConsumer{T}"/>, and in one process.
    /// </summary>
    public static IReadOnlyList<StreamxDelivery> CurrentBatch => HandlerCall.Current?.Batch ?? [];

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

    /// <summary>
    /// Finishes the value, or the batch, in hand in a transaction of the handler's own database: it is finished if the transaction commits,
    /// together with the handler's other changes, and not otherwise. So it has its effects exactly once.
    /// </summary>
    /// <param name="transaction">An open transaction of the database, or the file, that keeps the stream.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <remarks>
    /// <para>The last statement of the transaction, which the handler commits. What the handler throws after that is logged, and changes
    /// nothing. If the transaction does not commit, a handler that returns has handled the value as any other, and one that throws is
    /// subject to retries and the failure policy.</para>
    /// <para>In SQLite, where a file has one writer, a put into a stream of the same file throws until the transaction is over.</para>
    /// </remarks>
    /// <exception cref="InvalidOperationException">
    /// It was called outside of a handler, or twice for what is in hand; the transaction is over, or of another database or file; or
    /// another process has taken the consumer over, and the transaction cannot commit.
    /// </exception>
    /// <exception cref="NotSupportedException">The stream is in memory, or what carries it is no database.</exception>
    public static Task FinishCurrentInAsync(DbTransaction transaction, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (HandlerCall.Current is { } call) return call.FinishInAsync(transaction, cancellationToken);
        return Task.FromException(ConsumerMark.Active is var (stream, _) && stream.Backend.RemoteStatus is null
            ? new NotSupportedException($"Stream '{stream.Name}' is kept in memory: no transaction can finish its values.")
            : new InvalidOperationException(
                $"{nameof(FinishCurrentInAsync)} is called by a handler, for the value or the batch that it has in hand. Loops and other "
                + "code have none."));
    }

    /// <summary>What a handler may know of a delivery.</summary>
    internal static StreamxDelivery Of(TransportDelivery delivery) => new()
    {
        StreamId = delivery.StreamId,
        Epoch = delivery.Epoch,
        Sequence = delivery.Sequence,
        IsRedelivered = delivery.IsRedelivered,
    };
}
