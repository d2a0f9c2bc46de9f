using Streamx.Engine;

namespace Streamx.Hosting.Streams;

/// <inheritdoc/>
/// <typeparam name="TRead">What a read gives: values, or something that carries them.</typeparam>
/// <param name="subscription">The subscription.</param>
internal sealed class ConsumerSubscription<TRead>(StreamSubscription<TRead> subscription) : ConsumerSubscription
{
    /// <summary>What the consumer reads.</summary>
    internal StreamSubscription<TRead> Reads => subscription;

    /// <inheritdoc/>
    internal override bool HasReachedEnd => subscription.HasReachedEnd;

    /// <summary>The subscription to read from. Only the backend that created it knows the type of the reads.</summary>
    internal static StreamSubscription<TRead> Of(ConsumerSubscription subscription) => ((ConsumerSubscription<TRead>)subscription).Reads;

    /// <inheritdoc/>
    internal override SubscriptionSnapshot GetSnapshot() => subscription.GetSnapshot();

    /// <inheritdoc/>
    internal override void Observe(ReadObserver observer) => subscription.Observe(observer);

    /// <inheritdoc/>
    internal override bool TrySettleOtherwise(int count) => subscription.TrySettleOtherwise(count);

    /// <inheritdoc/>
    internal override void Leave() => _ = subscription.DisposeAsync();
}
