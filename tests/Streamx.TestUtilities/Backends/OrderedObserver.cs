using System.Collections.Concurrent;
using Streamx.Engine;

namespace Streamx.TestUtilities.Backends;

/// <summary>Checks that what it is told of puts is told one at a time and in the order of the transitions.</summary>
internal sealed class OrderedObserver : PutObserver
{
    /// <summary>1 while a call, or a look, is under way.</summary>
    private int _isInside;

    private int _heads;
    private int _queued;
    private int _begun;
    private int _ended;

    /// <summary>What went wrong first; null for nothing.</summary>
    public string? Violation { get; private set; }

    /// <summary>How many puts have begun and ended, and how many wait.</summary>
    public (int Begun, int Ended, int Waiting) Counts => (Volatile.Read(ref _begun), Volatile.Read(ref _ended), _heads + _queued);

    /// <summary>How many values each call that puts many has put, and what it failed with.</summary>
    public ConcurrentQueue<(int Accepted, Exception? Error)> Many { get; } = [];

    /// <summary>Looks between two transitions.</summary>
    public void Look(long now) => Alone(() => Check(_heads == 1 || _queued == 0, "A put waits for its turn while none is at the head."));

    /// <inheritdoc/>
    internal override object? Begin()
    {
        Interlocked.Increment(ref _begun);
        return null;
    }

    /// <inheritdoc/>
    internal override void Forget(object? trace) => Interlocked.Decrement(ref _begun);

    /// <inheritdoc/>
    internal override void QueuedLocked(bool isHead, long now) => Alone(() =>
    {
        Check(isHead == (_heads == 0), "A put is at the head exactly if none was.");
        if (isHead) _heads++;
        else _queued++;
    });

    /// <inheritdoc/>
    internal override void ReachedHeadLocked(long now) => Alone(() =>
    {
        Check(_heads == 0 && _queued > 0, "A put gets to the head while none is there.");
        (_heads, _queued) = (_heads + 1, _queued - 1);
    });

    /// <inheritdoc/>
    internal override void LeftQueueLocked(bool wasHead, long now) => Alone(() =>
    {
        if (wasHead) _heads--;
        else _queued--;
        Check(_heads >= 0 && _queued >= 0, "A put leaves that waited.");
    });

    /// <inheritdoc/>
    internal override void CommittingLocked(long position, object trace)
    {
    }

    /// <inheritdoc/>
    internal override void Ended(object? trace, PutWait wait, Exception? error) => Interlocked.Increment(ref _ended);

    /// <inheritdoc/>
    internal override void EndedMany(object? trace, PutWait wait, int accepted, Exception? error)
    {
        Many.Enqueue((accepted, error));
        Ended(trace, wait, error);
    }

    private void Alone(Action act)
    {
        Check(Interlocked.Exchange(ref _isInside, 1) == 0, "Two calls are under way at the same time.");
        act();
        // Longer than it takes, so that another call would meet this one.
        Thread.Yield();
        Interlocked.Exchange(ref _isInside, 0);
    }

    private void Check(bool holds, string rule)
    {
        if (!holds) Violation ??= rule;
    }
}
