namespace Streamx.Hosting.Remote.Consuming;

/// <summary>A subscription of a consumer between processes, without the values that must not be begun any more.</summary>
/// <param name="subscription">The subscription, from which no value has been read yet.</param>
/// <param name="fence">Knows those values.</param>
internal sealed class FencedSubscription<T>(StreamSubscription<T> subscription, SessionFence fence) : IAsyncEnumerable<T>
{
    /// <inheritdoc/>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new FencedValues<T>(subscription.GetAsyncEnumerator(cancellationToken), subscription.GetSnapshot(), fence);
}
