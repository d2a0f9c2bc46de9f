namespace Streamx.Engine;

/// <summary>
/// Takes the values of a subscription one by one, several at a time, and lets each be finished on its own and in any order.
/// </summary>
/// <remarks>
/// One read at a time takes the next value. <see cref="Begin(long)"/> and <see cref="Finish"/> may be called from any thread. The position
/// of the subscription is that of its oldest unfinished value, so the window counts from there.
/// </remarks>
internal sealed class ConcurrentReader<T> : SubscriptionReader<T>, IAsyncDisposable
{
    internal ConcurrentReader(StreamCore<T> core, Member<T> member, int max, bool beginsLater, CancellationToken cancellationToken)
        : base(core, member)
    {
        core.AllowAnyOrder(member, max, beginsLater);
        LeaveOn(cancellationToken);
    }

    /// <summary>Its continuation goes on to run the consumer's code, so it delays no other, and no other delays it.</summary>
    internal override bool RunsApart => true;

    /// <summary>The value that the last read took. Cleared by the next read.</summary>
    internal T Current { get; private set; } = default!;

    /// <summary>The position of <see cref="Current"/> in the stream.</summary>
    internal long Position { get; private set; }

    /// <summary>The position of the oldest unfinished value.</summary>
    internal long OldestUnfinished => Core.PositionOf(Member);

    /// <summary>Takes the next value. Waits while there is none, or while as many values are unfinished as may be.</summary>
    /// <returns>False when there will be no more, also while values are unfinished.</returns>
    internal ValueTask<bool> MoveNextAsync() => Core.ReadNext(this);

    /// <summary>
    /// Begins a value that has been taken: from now on it is in hand. For a reader that begins values later than it takes them.
    /// </summary>
    /// <param name="position">The position of the value.</param>
    /// <returns>False if the subscription has left: the subscription never got the value.</returns>
    /// <exception cref="InvalidOperationException">The value has not been taken, or has been begun.</exception>
    internal bool Begin(long position) => Begin(position, ReadClock(), out _);

    /// <inheritdoc cref="Begin(long)"/>
    /// <param name="position">The position of the value.</param>
    /// <param name="reading">What <see cref="ReadClock"/> has just returned, from a caller that holds a lock now.</param>
    /// <param name="heldSince">The time from which on it is in hand, by the stream's clock.</param>
    internal bool Begin(long position, long reading, out long heldSince) => Core.Begin(Member, position, reading, out heldSince);

    /// <summary>Reads the stream's clock for <see cref="Begin(long)"/>. It may be user code, so the caller holds no lock.</summary>
    internal long ReadClock() => Core.ReadClock();

    /// <summary>Finishes a value in hand.</summary>
    /// <param name="position">The position of the value.</param>
    /// <param name="isSettledOtherwise">Whether it was settled otherwise than by handling it, such as by skipping it.</param>
    /// <returns>False if the subscription has left: the value counts as abandoned.</returns>
    /// <exception cref="InvalidOperationException">The value is not in hand.</exception>
    internal bool Finish(long position, bool isSettledOtherwise = false) => Core.Finish(Member, position, isSettledOtherwise);

    /// <summary>Leaves. Values in hand count as abandoned.</summary>
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
