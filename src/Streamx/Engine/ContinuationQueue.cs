using System.Collections.Concurrent;

namespace Streamx.Engine;

/// <summary>Runs the continuations of one stream on the thread pool.</summary>
/// <remarks>
/// <para>One step of a stream can release as many continuations as it has consumers. To queue each of them to the pool
/// costs more than all the rest of the step, so they are queued here, and the pool is asked for a thread, which runs one after
/// the other. There are two ways to go on from there.</para>
/// <para><b>Side by side</b>, the way it begins: while there is more to run, the pool is asked for another thread before a
/// continuation is run. So whatever that does, be it long or blocking, it holds up nobody.</para>
/// <para><b>In a row</b>, once many continuations have been measured and are short: one thread runs them all. A second core would
/// be no help, since it has to fetch everything from the first, and costs more than the continuations themselves. It ends as soon
/// as they are no longer short: when the thread sees that itself, or, should it not come back at all from one of them, when the
/// guard finds that nothing has begun for a while.</para>
/// <para><b>Nothing is left lying.</b> <see cref="_isRequested"/> set means that some thread will look for work after it has cleared
/// it. Whoever adds does so before looking at it, with a full fence between; whoever clears it looks for work after that, again with
/// a full fence between. So either the adder sees it cleared and asks for a thread, or the thread sees what was added. In a
/// row, the thread that runs clears it last, and the guard instead of it if it is stuck; side by side, it clears it first.
/// To clear it once too often is harmless: a thread comes for nothing.</para>
/// </remarks>
/// <param name="window">The stream's window.</param>
internal sealed class ContinuationQueue(int window) : IThreadPoolWorkItem
{
    /// <summary>How many continuations a thread runs side by side with others before the pool gets it back, for the sake of its other work.</summary>
    private const int MaxSideBySide = 256;

    /// <summary>How many continuations must have been measured, at first, before they are run in a row.</summary>
    private const int MinSample = 256;

    /// <summary>How many at most.</summary>
    private const int MaxSample = 256 * 1024;

    /// <summary>How many continuations run in a row before it is seen whether they are still short.</summary>
    private const int Check = 16;

    /// <summary>How often the guard looks, in milliseconds.</summary>
    private const int GuardPeriod = 10;

    /// <summary>How many continuations have to be measured next. Doubled each time the guard had to step in: it may have to again.</summary>
    private int _sample = MinSample;

    /// <summary>The longest that a continuation may take, on average, to be short, in microseconds.</summary>
    private const int MaxShort = 8;

    /// <summary>How long a thread runs them in a row before the pool gets it back. In timestamp ticks.</summary>
    private static readonly long s_turn = TimeProvider.System.TimestampFrequency / 1_000;

    /// <summary>What a continuation may take, on average, to be short; twice that to remain so. In timestamp ticks.</summary>
    /// <remarks>A microsecond for each value it may find, as far as that goes: the more there are, the longer it runs before it waits again.</remarks>
    private readonly double _short = Math.Min(window, MaxShort) * (TimeProvider.System.TimestampFrequency / 1e6);

    /// <summary>What is to be run, in the order of release.</summary>
    private readonly ConcurrentQueue<AwaitedWaiter> _due = new();

    /// <summary>Guards the change from one way to the other, so that the guard is on duty exactly while they run in a row.</summary>
    private readonly Lock _wayGate = new();

    /// <summary>Asks now and then whether anything has begun; created when it is first needed.</summary>
    private Timer? _guard;

    /// <summary>1 from the moment a thread is wanted; see the class.</summary>
    private int _isRequested;

    /// <summary>Whether continuations run in a row.</summary>
    private volatile bool _inARow;

    /// <summary>How many continuations have begun, more or less: several threads may count at once.</summary>
    private int _begun;

    /// <summary>What the guard saw of that when it last looked.</summary>
    private int _begunBefore;

    /// <summary>How many have been measured side by side, and how long they took together. More or less, as above.</summary>
    private int _measured;

    /// <inheritdoc cref="_measured"/>
    private long _measuredTicks;

    /// <summary>Adds a continuation. <see cref="Request"/> has to follow.</summary>
    internal void Add(AwaitedWaiter waiter) => _due.Enqueue(waiter);

    /// <summary>Sees to it that what was added is run.</summary>
    internal void Request()
    {
        // The exchange is the fence, so it is made also when the flag looks set.
        if (Interlocked.Exchange(ref _isRequested, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute()
    {
        if (_inARow) RunInARow();
        else RunSideBySide();
    }

    private void RunSideBySide()
    {
        Interlocked.Exchange(ref _isRequested, 0);
        var home = ExecutionContext.Capture();
        var start = TimeProvider.System.GetTimestamp();
        var ran = 0;
        while (ran < MaxSideBySide && _due.TryDequeue(out var waiter))
        {
            if (!_due.IsEmpty) Request();
            Run(waiter, home);
            ran++;
        }

        if (!_due.IsEmpty) Request();
        Measure(ran, TimeProvider.System.GetTimestamp() - start);
    }

    private void RunInARow()
    {
        var home = ExecutionContext.Capture();
        var start = TimeProvider.System.GetTimestamp();
        var end = start + s_turn;
        var tick = Ticker.Now;
        for (var ran = 1; _due.TryDequeue(out var waiter); ran++)
        {
            Run(waiter, home);
            // Now and then, and whenever the ticker has moved: it may have been this one that took so long.
            if (ran % Check != 0 && Ticker.Now == tick) continue;
            tick = Ticker.Now;
            var now = TimeProvider.System.GetTimestamp();
            if (now - start > 2 * Check * _short) GoSideBySide();
            if (now > end || !_inARow) break;
            start = now;
        }

        Interlocked.Exchange(ref _isRequested, 0);
        if (!_due.IsEmpty) Request();
    }

    private void Run(AwaitedWaiter waiter, ExecutionContext? home)
    {
        _begun++;
        waiter.Resume();
        // What it has left behind on the thread is not for the next, as between the pool's own work items.
        if (home is not null && ExecutionContext.Capture() != home) ExecutionContext.Restore(home);
        if (SynchronizationContext.Current is not null) SynchronizationContext.SetSynchronizationContext(null);
    }

    private void Measure(int count, long ticks)
    {
        var (measured, measuredTicks) = (_measured + count, _measuredTicks + ticks);
        var isEnough = measured >= Volatile.Read(ref _sample);
        (_measured, _measuredTicks) = isEnough ? (0, 0L) : (measured, measuredTicks);
        if (isEnough && measuredTicks < measured * _short) GoInARow();
    }

    private void GoInARow()
    {
        lock (_wayGate)
        {
            _inARow = true;
            _begunBefore = _begun;
            _guard ??= NewGuard();
            _guard.Change(GuardPeriod, GuardPeriod);
        }
    }

    private void GoSideBySide()
    {
        lock (_wayGate)
        {
            _inARow = false;
            (_measured, _measuredTicks) = (0, 0L);
            _guard!.Change(Timeout.Infinite, Timeout.Infinite);
        }
    }

    /// <summary>Nothing begun since the last look means that nothing moves, or that a continuation does not come back.</summary>
    private void Guard()
    {
        var begun = Volatile.Read(ref _begun);
        var moves = begun != _begunBefore;
        _begunBefore = begun;
        if (moves || !_inARow) return;
        if (!_due.IsEmpty) _sample = Math.Min(2 * _sample, MaxSample);
        GoSideBySide();
        Interlocked.Exchange(ref _isRequested, 0);
        if (!_due.IsEmpty) Request();
    }

    private Timer NewGuard()
    {
        // It must not keep alive the execution context of whoever happened to come first.
        using AsyncFlowControl? suppressed = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return new Timer(static state => ((ContinuationQueue)state!).Guard(), this, Timeout.Infinite, Timeout.Infinite);
    }
}
