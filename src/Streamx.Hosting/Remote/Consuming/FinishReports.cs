using System.Threading.Channels;

namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Reports what a consumer finishes of one session's values, in their order.</summary>
/// <param name="session">The session.</param>
/// <param name="fence">Knows what was passed over rather than finished.</param>
/// <param name="isBatched">Whether the consumer has several values in hand at a time.</param>
/// <param name="hasFinished">Whether the consumer has finished so many values.</param>
internal sealed class FinishReports(IJoinSession session, SessionFence fence, bool isBatched, Func<long, bool> hasFinished)
{
    private readonly Channel<(TransportDelivery Delivery, long Position, long Ordinal, Task Settled)> _values =
        Channel.CreateUnbounded<(TransportDelivery Delivery, long Position, long Ordinal, Task Settled)>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    /// <summary>
    /// The number up to which the values are finished; the default for none. Read it only after <see cref="RunAsync"/> has ended.
    /// </summary>
    internal FinishedNumber Finished { get; private set; }

    /// <summary>Notes the next value.</summary>
    /// <param name="delivery">How it was delivered.</param>
    /// <param name="settled">Ends when the consumer is done with it.</param>
    /// <param name="position">Its position in the consumer's stream; for a value that the consumer is not given, the next value's.</param>
    /// <param name="ordinal">How many values the consumer has been given with it; zero for a value that it is not given.</param>
    internal void Add(TransportDelivery delivery, Task settled, long position, long ordinal = 0) => _values.Writer.TryWrite((delivery, position, ordinal, settled));

    /// <summary>No more values come.</summary>
    internal void Complete() => _values.Writer.TryComplete();

    /// <summary>Reports until no more values come, or the consumer dropped one instead of finishing it: false then.</summary>
    internal async Task<bool> RunAsync()
    {
        await foreach (var (delivery, position, ordinal, settled) in _values.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            await settled.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!settled.IsCompletedSuccessfully || !hasFinished(ordinal)) return false;
            // When a batch's session is lost, some of its values may have been taken out unhandled.
            if (isBatched && session.WhenLost.IsCompleted) continue;
            // It is delivered again, as is every value after one that was passed over.
            if (fence.HasPassedOver(position)) continue;
            Finished = Finished.With(delivery.StreamId, delivery.Sequence);
            session.Finish(delivery.Sequence);
        }

        return true;
    }
}
