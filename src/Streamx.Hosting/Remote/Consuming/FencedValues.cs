namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Values of a consumer between processes, without those whose session was lost before they were handed out.</summary>
/// <remarks>Those values are delivered again, here or elsewhere: to handle them here, too, would be to act without the right to.</remarks>
/// <param name="values">The values of a subscription from which no value has been read yet.</param>
/// <param name="joined">The subscription, as it is then.</param>
/// <param name="fence">Knows which values are not to be begun.</param>
internal sealed class FencedValues<T>(IAsyncEnumerator<T> values, SubscriptionSnapshot joined, SessionFence fence) : IAsyncEnumerator<T>
{
    /// <summary>The position of the next value in the consumer's stream.</summary>
    private long _position = joined.Position;

    /// <inheritdoc/>
    public T Current => values.Current;

    /// <summary>
    /// Whether the current value may be begun again. If not, it is passed over, as are values that were never handed out.
    /// </summary>
    internal bool MayRepeat => fence.MayBegin(_position - 1);

    /// <inheritdoc/>
    public async ValueTask<bool> MoveNextAsync()
    {
        while (await values.MoveNextAsync().ConfigureAwait(false))
            if (fence.MayBegin(_position++)) return true;

        return false;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => values.DisposeAsync();
}
