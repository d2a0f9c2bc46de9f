namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Batches of a consumer between processes, without the values whose session was lost before the batch was handed out.</summary>
/// <remarks>Those values are delivered again, here or elsewhere: to handle them here, too, would be to act without the right to.</remarks>
/// <param name="batches">The batches of a subscription from which no batch has been read yet.</param>
/// <param name="joined">The subscription, as it is then.</param>
/// <param name="fence">Knows which values are not to be begun.</param>
internal sealed class FencedBatches<T>(IAsyncEnumerator<StreamBatch<T>> batches, SubscriptionSnapshot joined, SessionFence fence) : IAsyncEnumerator<StreamBatch<T>>
{
    /// <summary>The position of the next value in the consumer's stream.</summary>
    private long _position = joined.Position;

    /// <inheritdoc/>
    public StreamBatch<T> Current { get; private set; }

    /// <inheritdoc/>
    public async ValueTask<bool> MoveNextAsync()
    {
        while (await batches.MoveNextAsync().ConfigureAwait(false))
        {
            var batch = batches.Current;
            var stale = (int)Math.Clamp(fence.StaleBelow - _position, 0, batch.Count);
            // Noted as passed over: the session may last long enough to report the values that were in hand before.
            if (stale > 0) fence.MayBegin(_position);
            _position += batch.Count;
            if (stale == batch.Count) continue;
            Current = new(batch.Memory[stale..]);
            return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => batches.DisposeAsync();
}
