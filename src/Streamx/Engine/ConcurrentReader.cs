namespace Streamx.Engine;

/// <summary>
/// Takes the values of a subscription one by one, several at a time, and lets each be finished on its own and in any order.
/// </summary>
/// <remarks>
/// One read at a time takes the next value. <see cref="Finish"/> may be called from any thread. The position of the subscription is
/// that of its oldest unfinished value, so the window counts from there.
/// </remarks>
internal sealed class ConcurrentReader<T> : SubscriptionReader<T>, IAsyncDisposable
{
    internal ConcurrentReader(StreamCore<T> core, Member<T> member, int max, CancellationToken cancellationToken)
        : base(core, member)
    {
        core.AllowAnyOrder(member, max);
        LeaveOn(cancellationToken);
    }

    /// <summary>The value that the last read took. Cleared by the next read.</summary>
    internal T Current { get; private set; } = default!;

    /// <summary>The position of <see cref="Current"/> in the stream.</summary>
    internal long Position { get; private set; }

    /// <summary>Takes the next value. Waits while there is none, or while as many values are unfinished as may be.</summary>
    /// <returns>False when there will be no more, also while values are unfinished.</returns>
    internal ValueTask<bool> MoveNextAsync() => Core.ReadNext(this);

    /// <summary>Finishes a value that has been taken.</summary>
    /// <param name="position">The position of the value.</param>
    /// <returns>False if the subscription has left: the value counts as abandoned.</returns>
    /// <exception cref="InvalidOperationException">The value has not been taken, or has been finished.</exception>
    internal bool Finish(long position) => Core.Finish(Member, position);

    /// <summary>Leaves. Unfinished values count as abandoned.</summary>
    public ValueTask DisposeAsync()
    {
        Leave();
        return default;
    }

    /// <inheritdoc/>
    internal override void Accept(ValueRing<T> values, long position, int count) => (Current, Position) = (values[position], position);

    /// <inheritdoc/>
    internal override void AcceptNewest(T value) => throw new InvalidOperationException("A Latest subscription has one value at a time.");

    /// <inheritdoc/>
    protected override void Clear() => Current = default!;
}
