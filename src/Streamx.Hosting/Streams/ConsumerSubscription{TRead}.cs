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

    /// <summary>What a subscription is read from whose backend gives reads of this type.</summary>
    internal static StreamSubscription<TRead> Of(ConsumerSubscription subscription) => ((ConsumerSubscription<TRead>)subscription).Reads;

    /// <inheritdoc/>
    internal override SubscriptionSnapshot GetSnapshot() => subscription.GetSnapshot();

    /// <inheritdoc/>
    internal override void Observe(ReadObserver observer) => subscription.Observe(observer);

    /// <inheritdoc/>
    internal override void Leave() => _ = subscription.DisposeAsync();
}
