namespace Streamx.Hosting.Remote.Consuming;

/// <summary>
/// What holds for the deliveries of a batch together. All are of one session: the next session's come only once those are settled.
/// </summary>
internal static class DeliveryBatch
{
    /// <inheritdoc cref="Delivery{T}.TryBegin"/>
    internal static bool TryBegin<T>(this StreamBatch<Delivery<T>> batch)
    {
        // Asked once: a session that is lost meanwhile must not leave a batch that may be begun in part.
        if (batch[0].TryBegin()) return true;
        batch.PassOver();
        return false;
    }

    /// <inheritdoc cref="Delivery.PassOver"/>
    internal static void PassOver<T>(this StreamBatch<Delivery<T>> batch)
    {
        foreach (var delivery in batch.Span) delivery.PassOver();
    }

    /// <inheritdoc cref="Delivery.Settle"/>
    internal static void Settle<T>(this StreamBatch<Delivery<T>> batch)
    {
        foreach (var delivery in batch.Span) delivery.Settle();
    }

    /// <summary>A property of each, in order.</summary>
    internal static TProperty[] ConvertAll<T, TProperty>(this StreamBatch<Delivery<T>> batch, Func<Delivery<T>, TProperty> property)
    {
        var properties = new TProperty[batch.Count];
        for (var i = 0; i < properties.Length; i++) properties[i] = property(batch[i]);
        return properties;
    }
}
