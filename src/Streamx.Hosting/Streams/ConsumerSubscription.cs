using Streamx.Engine;

namespace Streamx.Hosting.Streams;

/// <summary>A consumer's subscription to a stream, as its worker sees it, whatever it reads.</summary>
internal abstract class ConsumerSubscription
{
    /// <summary>Whether the consumer has been told that the stream ended, with or without a fault.</summary>
    internal abstract bool HasReachedEnd { get; }

    /// <summary>The state of the subscription now; after it left, as it was then.</summary>
    internal abstract SubscriptionSnapshot GetSnapshot();

    /// <summary>Tells how the values in hand came from another process; null in one process. Safe from any thread.</summary>
    internal Func<IReadOnlyList<StreamxDelivery>>? DeliveriesInHand { get; set; }

    /// <summary>Tells which values slots have in hand; null where the subscription knows it. Safe from any thread.</summary>
    internal Func<ItemInHand>? InHandOfSlots { get; set; }

    /// <summary>Tells which values the slot with the oldest has in hand; null where there are no slots. Safe from any thread.</summary>
    internal Func<ItemInHand>? OldestOfSlots { get; set; }

    /// <summary>Which values the consumer holds that its stream waits for: of several slots, those of the slot with the oldest.</summary>
    internal ItemInHand OldestInHand => OldestOfSlots?.Invoke() ?? InHand;

    /// <summary>Which values the consumer has in hand; after it left, which it had.</summary>
    internal ItemInHand InHand
    {
        get
        {
            if (InHandOfSlots is { } slots) return slots();
            var now = GetSnapshot();
            return new ItemInHand(now.FirstInHand, now.ValuesInHand, DeliveriesInHand?.Invoke() ?? []);
        }
    }

    /// <summary>Sets the observer of its reads. Before it is read.</summary>
    internal abstract void Observe(ReadObserver observer);

    /// <summary>Settles values in hand otherwise than by handling them: the read that finishes them counts them so.</summary>
    /// <returns>False if the consumer has left: they count as abandoned.</returns>
    internal abstract bool TrySettleOtherwise(int count);

    /// <summary>Leaves the stream at once. Leaving again does nothing.</summary>
    internal abstract void Leave();
}
