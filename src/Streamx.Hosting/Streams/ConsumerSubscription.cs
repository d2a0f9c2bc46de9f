using Streamx.Engine;

namespace Streamx.Hosting.Streams;

/// <summary>A consumer's subscription to a stream, as its worker sees it, whatever it reads.</summary>
internal abstract class ConsumerSubscription
{
    /// <summary>Whether the consumer has been told that the stream ended, with or without a fault.</summary>
    internal abstract bool HasReachedEnd { get; }

    /// <summary>The state of the subscription now; after it left, as it was then.</summary>
    internal abstract SubscriptionSnapshot GetSnapshot();

    /// <summary>Sets the observer of its reads. Before it is read.</summary>
    internal abstract void Observe(ReadObserver observer);

    /// <summary>Settles values in hand otherwise than by handling them: the read that finishes them counts them so.</summary>
    /// <returns>False if the consumer has left: they count as abandoned.</returns>
    internal abstract bool TrySettleOtherwise(int count);

    /// <summary>Leaves the stream at once. Leaving again does nothing.</summary>
    internal abstract void Leave();
}
