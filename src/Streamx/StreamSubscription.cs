using System.Runtime.CompilerServices;
using Streamx.Engine;

namespace Streamx;

/// <summary>One consumer's membership in a stream and its position in it.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <remarks>
/// <para>It sees every value accepted after <c>Subscribe</c> returned and none before. Until it leaves, puts wait for it, also
/// when it is never read (unless its mode is <see cref="SubscriptionMode.Latest"/>).</para>
/// <para>It leaves, for good and at once, when it is disposed, when its loop ends by <c>break</c> or an exception, or when a
/// token given to its enumerator is cancelled. Waiting puts go on without it; a value in hand counts as abandoned.</para>
/// <para>It is read by one enumerator, once: value by value or in batches. Disposing is safe from any thread.</para>
/// </remarks>
public sealed class StreamSubscription<T> : IAsyncEnumerable<T>, IAsyncDisposable
{
    /// <summary>The stream.</summary>
    private readonly StreamCore<T> _core;

    /// <summary>This subscription, as the stream sees it.</summary>
    private readonly Member<T> _member;

    /// <summary>1 once an enumerator has been claimed.</summary>
    private int _hasReader;

    internal StreamSubscription(StreamCore<T> core, Member<T> member)
    {
        _core = core;
        _member = member;
    }

    /// <summary>The name given on subscribing, or a numbered one.</summary>
    public string Name => _member.Name;

    /// <summary>Sets the observer of its reads. Before it is read.</summary>
    internal void Observe(ReadObserver observer) => _member.Observer = observer;

    /// <summary>
    /// Settles values in hand otherwise than by handling them, such as by skipping them: the read that finishes them counts them so.
    /// </summary>
    /// <returns>False if the subscription has left: they count as abandoned.</returns>
    internal bool TrySettleOtherwise(int count) => _core.TrySettleOtherwise(_member, count);

    /// <summary>Whether the reader has been told that the stream ended, with or without a fault.</summary>
    internal bool HasReachedEnd => _core.HasReachedEnd(_member);

    /// <summary>Reads value by value. Asking for the next value finishes the last one.</summary>
    /// <param name="cancellationToken">
    /// Makes the subscription leave as soon as it is cancelled, also while a value is in hand; the read then throws
    /// <see cref="OperationCanceledException"/>.
    /// </param>
    /// <returns>
    /// An enumerator that ends when the stream has closed and everything accepted has been read, and throws
    /// <see cref="StreamFaultedException"/> instead when the stream faulted. Only one read may be under way: a second read that begins
    /// before the first has ended throws <see cref="InvalidOperationException"/>, and the first is not harmed.
    /// </returns>
    /// <exception cref="InvalidOperationException">The subscription has had an enumerator already.</exception>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        ClaimReader();
        return new ValueReader<T>(_core, _member, cancellationToken);
    }

    /// <summary>Reads value by value, with a choice of where the loop goes on.</summary>
    /// <param name="continueOnCapturedContext">Whether it goes on in the context it was in, if there is one.</param>
    /// <returns>The values, for <c>await foreach</c>.</returns>
    /// <remarks>
    /// A member, because the extension methods of that name for enumerables and for disposables would be ambiguous here.
    /// </remarks>
    public ConfiguredCancelableAsyncEnumerable<T> ConfigureAwait(bool continueOnCapturedContext) =>
        TaskAsyncEnumerableExtensions.ConfigureAwait((IAsyncEnumerable<T>)this, continueOnCapturedContext);

    /// <summary>Reads in batches. Asking for the next batch finishes every value of the last one.</summary>
    /// <param name="maxSize">How many values a batch has at most; at least 1. No batch is larger than the stream's window.</param>
    /// <param name="maxWait">
    /// How long a batch waits for more after its first value, at most 24 days. Zero takes what is there;
    /// <see cref="Timeout.InfiniteTimeSpan"/> waits until it is full. The wait ends early when the batch holds all the window allows, and
    /// when the stream closes or faults.
    /// </param>
    /// <param name="cancellationToken">Makes the subscription leave as soon as it is cancelled; the read then throws.</param>
    /// <returns>Batches of at least one value, each valid until the next read.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxSize"/> or <paramref name="maxWait"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">On enumeration: the subscription has had an enumerator already.</exception>
    public IAsyncEnumerable<StreamBatch<T>> ReadBatchesAsync(int maxSize, TimeSpan maxWait, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSize, 1);
        if (maxWait != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(maxWait, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(maxWait, TimeSpan.FromMilliseconds(int.MaxValue));
        }

        return new BatchEnumerable<T>(this, maxSize, maxWait, cancellationToken);
    }

    /// <summary>The state of the subscription now; after it left, as it was then.</summary>
    /// <returns>A consistent state of this subscription. <see cref="AsyncStream{T}.GetSnapshot"/> gives that of all.</returns>
    public SubscriptionSnapshot GetSnapshot() => _core.GetSnapshot(_member);

    /// <summary>Leaves the stream at once. A read that waits returns false.</summary>
    /// <returns>A completed task. Leaving again does nothing.</returns>
    public ValueTask DisposeAsync()
    {
        _core.Leave(_member);
        return default;
    }

    /// <summary>Claims the one reader of the subscription, to take several values and finish them in any order.</summary>
    /// <param name="max">How many values may be unfinished at a time; at least 1.</param>
    /// <param name="beginsLater">
    /// Whether a value that has been taken is in hand only once it is begun. Until then it counts as one that the subscription never got.
    /// </param>
    /// <param name="cancellationToken">Makes the subscription leave as soon as it is cancelled; a read that waits then throws.</param>
    /// <exception cref="InvalidOperationException">
    /// The subscription has been read already, or its mode is <see cref="SubscriptionMode.Latest"/>.
    /// </exception>
    internal ConcurrentReader<T> ReadConcurrently(int max, bool beginsLater = false, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        if (!_member.Gates)
        {
            throw new InvalidOperationException(
                $"Subscription '{Name}' of stream '{_core.Name}' has mode {nameof(SubscriptionMode.Latest)}, and so one value at a time.");
        }

        ClaimReader();
        return new ConcurrentReader<T>(_core, _member, max, beginsLater, cancellationToken);
    }

    /// <summary>Claims the one enumerator of the subscription, for batches.</summary>
    internal IAsyncEnumerator<StreamBatch<T>> ReadBatches(int maxSize, TimeSpan maxWait, CancellationToken first, CancellationToken second)
    {
        ClaimReader();
        return new BatchReader<T>(_core, _member, maxSize, maxWait, first, second);
    }

    private void ClaimReader()
    {
        if (Interlocked.Exchange(ref _hasReader, 1) == 1)
        {
            throw new InvalidOperationException(
                $"Subscription '{Name}' of stream '{_core.Name}' has been enumerated already. Subscribe again for a second reader.");
        }
    }
}
