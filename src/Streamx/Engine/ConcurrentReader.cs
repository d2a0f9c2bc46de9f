using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <summary>
/// Takes the values of a subscription one by one, several at a time, and lets each be finished on its own and in any order.
/// </summary>
/// <remarks>
/// One read at a time takes the next value, or several, up to <see cref="SubscriptionReader{T}.Limit"/>. <see cref="Begin(long)"/>,
/// <see cref="Finish"/> and <see cref="FinishThenBegin"/> may be called from any thread. The position of the subscription is that of its
/// oldest unfinished value, so the window counts from there.
/// </remarks>
internal sealed class ConcurrentReader<T> : SubscriptionReader<T>, IAsyncDisposable
{
    internal ConcurrentReader(StreamCore<T> core, Member<T> member, int max, bool beginsLater, CancellationToken cancellationToken)
        : base(core, member)
    {
        core.AllowAnyOrder(member, max, beginsLater);
        LeaveOn(cancellationToken);
    }

    /// <summary>Its continuation goes on to run the consumer's code: not on the thread of a put.</summary>
    internal override bool RunsApart => true;

    /// <summary>The values that the last read took, in order; <see cref="_count"/> of them.</summary>
    private T[] _taken = new T[1];

    private int _count;

    /// <summary>The first value that the last read took. Cleared by the next read.</summary>
    internal T Current => _taken[0];

    /// <summary>The values that the last read took, in order. Cleared by the next read.</summary>
    internal ReadOnlySpan<T> Taken => _taken.AsSpan(0, _count);

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
    internal bool Begin(long position)
    {
        ReleaseList released = default;
        return Core.FinishThenBegin(Member, [], [position], ReadClock(), out _, ref released);
    }

    /// <summary>Finishes some values in hand and begins others, in one transition: no other comes between.</summary>
    /// <param name="finished">The positions of the values in hand.</param>
    /// <param name="begun">The positions of the values that have been taken and are not begun.</param>
    /// <param name="reading">What <see cref="ReadClock"/> has just returned. The caller may hold a lock of its own.</param>
    /// <param name="heldSince">The time from which on the begun values are in hand, by the stream's clock.</param>
    /// <param name="released">Gets the waiters that this releases, for <see cref="AfterFinish"/>.</param>
    /// <returns>
    /// False if the subscription has left: the first values count as abandoned, and the subscription never got the others.
    /// </returns>
    /// <exception cref="InvalidOperationException">A value is not in hand, has not been taken, or has been begun.</exception>
    internal bool FinishThenBegin(
        ReadOnlySpan<long> finished, ReadOnlySpan<long> begun, long reading, out long heldSince, ref ReleaseList released) =>
        Core.FinishThenBegin(Member, finished, begun, reading, out heldSince, ref released);

    /// <summary>Carries out what a <see cref="FinishThenBegin"/> that returned true has decided. Without any lock.</summary>
    /// <param name="finished">The positions of the values that it has finished.</param>
    /// <param name="heldSince">Since when they were in hand.</param>
    /// <param name="released">What it has released.</param>
    internal void AfterFinish(ReadOnlySpan<long> finished, long heldSince, ref ReleaseList released)
    {
        Core.Release(ref released);
        if (Observer is null) return;
        foreach (var position in finished) Observer.FinishedOne(position, heldSince);
    }

    /// <summary>Has a continuation of the consumer run as those of the stream are.</summary>
    internal void Queue(AwaitedWaiter due) => Core.Queue(due);

    /// <summary>Reads the stream's clock for <see cref="FinishThenBegin"/>. It may be user code, so the caller holds no lock.</summary>
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
    internal override void Accept(ValueRing<T> values, long position, int count)
    {
        if (_taken.Length < count) _taken = new T[Math.Min(Limit, Math.Max(count, 2 * _taken.Length))];
        values.CopyTo(position, _taken.AsSpan(0, count));
        (Position, _count) = (position, count);
    }

    /// <inheritdoc/>
    internal override void AcceptNewest(T value) => throw new InvalidOperationException("A Latest subscription has one value at a time.");

    /// <inheritdoc/>
    protected override void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _taken.AsSpan(0, _count).Clear();
        _count = 0;
    }
}
