namespace Streamx.Hosting.Remote.Consuming;

/// <summary>A subscription of a consumer between processes, without the values that are not to be begun any more.</summary>
/// <param name="subscription">The subscription, which nobody has read from yet.</param>
/// <param name="fence">Knows which values those are.</param>
internal sealed class FencedSubscription<T>(StreamSubscription<T> subscription, SessionFence fence) : IAsyncEnumerable<T>
{
    /// <inheritdoc/>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new FencedValues<T>(subscription.GetAsyncEnumerator(cancellationToken), subscription.GetSnapshot(), fence);
}
