using System.Collections.Concurrent;

namespace Streamx.Engine;

/// <summary>Runs the continuations of one stream on the thread pool.</summary>
/// <remarks>
/// <para>One step of a stream can release as many continuations as it has consumers. Queueing each of them to the pool
/// costs more than all the rest of the step, so they are queued here, and the pool is asked for one thread, which runs one after
/// the other. There are two modes.</para>
/// <para><b>Parallel</b>, the initial mode: while there is more to run, the pool is asked for another thread before a
/// continuation is run. So a continuation that is long or blocks does not delay the others.</para>
/// <para><b>Serial</b>, once many continuations have been measured and are short: one thread runs them all. A second core would
/// not help: it has to fetch everything from the first, which costs more than the continuations themselves. The mode ends as soon
/// as they are no longer short: when the thread measures that, or, if it does not return from one of them, when the
/// guard timer finds that none has begun for a while.</para>
/// <para><b>No continuation is lost.</b> <see cref="_isRequested"/> set means that some thread will look for work after it has cleared
/// it. A thread that adds does so before it reads the flag, with a full fence between; a thread that clears the flag looks for work
/// after that, again with a full fence between. So either the adder sees it cleared and asks for a thread, or the thread sees
/// what was added. In serial mode the thread that runs clears it last, and the guard does so instead if that thread is stuck; in
/// parallel mode it clears it first. Clearing it once too often is harmless: a thread finds no work.</para>
/// </remarks>
/// <param name="window">The stream's window.</param>
internal sealed class ContinuationQueue(int window) : IThreadPoolWorkItem
{
    /// <summary>How many continuations a thread runs in parallel mode before it returns to the pool, for the sake of other work.</summary>
    private const int MaxParallelRun = 256;

    /// <summary>How many continuations must have been measured, at first, before serial mode begins.</summary>
    private const int MinSample = 256;

    /// <summary>The largest number of those.</summary>
    private const int MaxSample = 256 * 1024;

    /// <summary>How many continuations run in serial mode between two checks whether they are still short.</summary>
    private const int CheckInterval = 16;

    /// <summary>The period of the guard, in milliseconds.</summary>
    private const int GuardPeriod = 10;

    /// <summary>How many continuations have to be measured next. Doubled each time the guard ends serial mode.</summary>
    private int _sample = MinSample;

    /// <summary>The longest that a continuation may take, on average, to be short, in microseconds.</summary>
    private const int MaxShort = 8;

    /// <summary>How long a thread runs in serial mode before it returns to the pool. In timestamp ticks.</summary>
    private static readonly long s_quantum = TimeProvider.System.TimestampFrequency / 1_000;

    /// <summary>The longest average time of short continuations, in timestamp ticks; up to twice that serial mode goes on.</summary>
    /// <remarks>
    /// A microsecond for each value it may find, up to the limit: the more there are, the longer it runs before it waits again.
    /// </remarks>
    private readonly double _short = Math.Min(window, MaxShort) * (TimeProvider.System.TimestampFrequency / 1e6);

    /// <summary>The continuations to run, in the order of release.</summary>
    private readonly ConcurrentQueue<AwaitedWaiter> _due = new();

    /// <summary>Guards the change of mode, so that the guard timer runs exactly in serial mode.</summary>
    private readonly Lock _modeLock = new();

    /// <summary>Checks periodically whether a continuation has begun; created when first needed.</summary>
    private Timer? _guard;

    /// <summary>1 from the request of a thread on; see the class.</summary>
    private int _isRequested;

    /// <summary>Whether the mode is serial.</summary>
    private volatile bool _isSerial;

    /// <summary>How many continuations have begun, approximately: several threads may count at once.</summary>
    private int _begun;

    /// <summary>The value of <see cref="_begun"/> at the last check.</summary>
    private int _begunBefore;

    /// <summary>How many have been measured in parallel mode, and how long they took together. Approximately, as above.</summary>
    private int _measured;

    /// <inheritdoc cref="_measured"/>
    private long _measuredTicks;

    /// <summary>Adds a continuation. <see cref="Request"/> has to follow.</summary>
    internal void Add(AwaitedWaiter waiter) => _due.Enqueue(waiter);

    /// <summary>Makes sure that what was added is run.</summary>
    internal void Request()
    {
        // The exchange is the fence, so it is made also when the flag looks set.
        if (Interlocked.Exchange(ref _isRequested, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute()
    {
        if (_isSerial) RunSerially();
        else RunInParallel();
    }

    private void RunInParallel()
    {
        Interlocked.Exchange(ref _isRequested, 0);
        var context = ExecutionContext.Capture();
        var start = TimeProvider.System.GetTimestamp();
        var ran = 0;
        while (ran < MaxParallelRun && _due.TryDequeue(out var waiter))
        {
            if (!_due.IsEmpty) Request();
            Run(waiter, context);
            ran++;
        }

        if (!_due.IsEmpty) Request();
        Measure(ran, TimeProvider.System.GetTimestamp() - start);
    }

    private void RunSerially()
    {
        var context = ExecutionContext.Capture();
        var start = TimeProvider.System.GetTimestamp();
        var end = start + s_quantum;
        var tick = Ticker.Now;
        for (var ran = 1; _due.TryDequeue(out var waiter); ran++)
        {
            Run(waiter, context);
            // Checked periodically, and whenever the ticker has moved: this continuation may have taken long.
            if (ran % CheckInterval != 0 && Ticker.Now == tick) continue;
            tick = Ticker.Now;
            var now = TimeProvider.System.GetTimestamp();
            if (now - start > 2 * CheckInterval * _short) EnterParallelMode();
            if (now > end || !_isSerial) break;
            start = now;
        }

        Interlocked.Exchange(ref _isRequested, 0);
        if (!_due.IsEmpty) Request();
    }

    private void Run(AwaitedWaiter waiter, ExecutionContext? context)
    {
        _begun++;
        waiter.Resume();
        // Ambient state that it left on the thread must not reach the next, as between work items of the pool.
        if (context is not null && ExecutionContext.Capture() != context) ExecutionContext.Restore(context);
        if (SynchronizationContext.Current is not null) SynchronizationContext.SetSynchronizationContext(null);
    }

    private void Measure(int count, long ticks)
    {
        var (measured, measuredTicks) = (_measured + count, _measuredTicks + ticks);
        var isEnough = measured >= Volatile.Read(ref _sample);
        (_measured, _measuredTicks) = isEnough ? (0, 0L) : (measured, measuredTicks);
        if (isEnough && measuredTicks < measured * _short) EnterSerialMode();
    }

    private void EnterSerialMode()
    {
        lock (_modeLock)
        {
            _isSerial = true;
            _begunBefore = _begun;
            _guard ??= NewGuard();
            _guard.Change(GuardPeriod, GuardPeriod);
        }
    }

    private void EnterParallelMode()
    {
        lock (_modeLock)
        {
            _isSerial = false;
            (_measured, _measuredTicks) = (0, 0L);
            _guard!.Change(Timeout.Infinite, Timeout.Infinite);
        }
    }

    /// <summary>If none has begun since the last check, there was none to run, or one does not return.</summary>
    private void Guard()
    {
        var begun = Volatile.Read(ref _begun);
        var anyBegun = begun != _begunBefore;
        _begunBefore = begun;
        if (anyBegun || !_isSerial) return;
        if (!_due.IsEmpty) _sample = Math.Min(2 * _sample, MaxSample);
        EnterParallelMode();
        Interlocked.Exchange(ref _isRequested, 0);
        if (!_due.IsEmpty) Request();
    }

    private Timer NewGuard()
    {
        // It must not keep alive the execution context of the first caller.
        using AsyncFlowControl? suppressed = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return new Timer(static state => ((ContinuationQueue)state!).Guard(), this, Timeout.Infinite, Timeout.Infinite);
    }
}
