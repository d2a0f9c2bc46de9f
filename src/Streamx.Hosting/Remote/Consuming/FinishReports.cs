using System.Threading.Channels;

namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Reports what a consumer finishes of one session's deliveries, in their order.</summary>
/// <param name="session">The session.</param>
/// <param name="drained">Ends when the consumer's stream has ended and the consumer has finished what it had in hand.</param>
internal sealed class FinishReports(IJoinSession session, Task drained)
{
    private readonly Channel<Delivery> _deliveries =
        Channel.CreateUnbounded<Delivery>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    /// <summary>
    /// The number up to which the values are finished; the default for none. Read it only after <see cref="RunAsync"/> has ended.
    /// </summary>
    internal FinishedNumber Finished { get; private set; }

    /// <summary>Adds the next delivery of the session.</summary>
    internal void Add(Delivery delivery) => _deliveries.Writer.TryWrite(delivery);

    /// <summary>No more deliveries come.</summary>
    internal void Complete() => _deliveries.Writer.TryComplete();

    /// <summary>Reports until no more deliveries come, or the consumer left without finishing one.</summary>
    /// <returns>The delivery that it did not finish; null if it has finished all.</returns>
    internal async Task<Delivery?> RunAsync()
    {
        var isBehindGap = false;
        await foreach (var delivery in _deliveries.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            await delivery.WhenOut.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // A fault ends the wait at once. The consumer still finishes the value, and until then it must not go to another process.
            if (delivery.WhenOut.IsFaulted) await drained.ConfigureAwait(false);
            if (!delivery.IsSettled) return delivery;
            // A value that was passed over is delivered again, as is every one behind it.
            isBehindGap |= delivery.WasPassedOver;
            if (isBehindGap) continue;
            Finished = Finished.With(delivery.StreamId, delivery.Sequence);
            session.Finish(delivery.Sequence);
        }

        return null;
    }
}
