namespace Streamx.Hosting.Workers;

/// <summary>The values in hand of a consumer that has one item at a time: the next read finishes them.</summary>
/// <param name="subscription">The consumer's subscription.</param>
internal sealed class SubscriptionInHand(ConsumerSubscription subscription) : IValuesInHand
{
    /// <inheritdoc/>
    public ItemInHand Item => subscription.InHand;

    /// <inheritdoc/>
    public int SettleOtherwise(int index, int count) => subscription.TrySettleOtherwise(count) ? count : 0;
}
