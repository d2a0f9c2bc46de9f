using System.Globalization;
using Streamx.Engine;

namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>One run of a scenario under one schedule: exactly one logical thread goes on at a time.</summary>
/// <remarks>
/// <para>A logical thread hands over at a point, or when it has to wait. The thread that hands over chooses the next: as the schedule
/// says, and once it is used up, itself if it can, else the first that can.</para>
/// <para>One wait cannot be seen coming: disposing a cancellation registration waits for a callback that another logical thread
/// may be held in. A running thread that the operating system shows asleep is taken to be in it, and the others go on.</para>
/// </remarks>
#pragma warning disable CA1001 // The handles of its events are not used, and a thread that hangs may still use the events.
internal sealed class Execution
#pragma warning restore CA1001
{
    /// <summary>How often a running thread must be seen asleep, without having got anywhere, to count as stuck.</summary>
    private const int LooksUntilStuck = 3;

    /// <summary>More points than any scenario comes to unless it goes round in circles.</summary>
    private const int MaxPoints = 2_000;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(1);

    /// <summary>How long one step may take on a busy machine.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Guards everything below, and the state of the threads.</summary>
    private readonly Lock _lock = new();

    private readonly IReadOnlyList<LogicalThread> _threads;
    private readonly byte[] _schedule;
    private readonly bool _inline;
    private readonly Func<bool, string?> _whenAtRest;
    private readonly ManualResetEventSlim _over = new();
    private readonly CountdownEvent _unwound;
    private readonly ThreadContext[] _contexts;
    private readonly List<Step> _steps = [];
    private readonly List<(LogicalThread Thread, string Point)> _trace = [];

    /// <summary>The running thread; null while all threads wait for a stuck one.</summary>
    private LogicalThread? _running;

    /// <summary>Counts what happens, to see that nothing does.</summary>
    private long _progress;

    /// <summary>Set while the running thread waits for a stuck one to come back.</summary>
    private bool _isWaitingForStuck;

    /// <summary>Set while the state of rest is looked at, which is no part of the scenario.</summary>
    private bool _isChecking;

    private bool _isOver;
    private string? _finding;

    /// <summary>Prepares a run.</summary>
    /// <param name="threads">The logical threads.</param>
    /// <param name="schedule">The choices to make, as far as they go.</param>
    /// <param name="inline">Whether continuations run where they are released, not as steps of their own.</param>
    /// <param name="whenAtRest">Checks the state of rest; its argument says whether all threads have finished.</param>
    internal Execution(IReadOnlyList<LogicalThread> threads, byte[] schedule, bool inline, Func<bool, string?> whenAtRest)
    {
        _threads = threads;
        _schedule = schedule;
        _inline = inline;
        _whenAtRest = whenAtRest;
        _unwound = new CountdownEvent(threads.Count);
        _contexts = [.. threads.Select(thread => new ThreadContext(this, thread))];
    }

    /// <summary>The choices made.</summary>
    internal IReadOnlyList<Step> Steps => _steps;

    /// <summary>What was wrong, if anything.</summary>
    internal string? Problem => _finding;

    /// <summary>The context of the thread that runs.</summary>
    internal SynchronizationContext CurrentContext => _contexts[_running!.Id];

    /// <summary>How often the running thread has come to a point.</summary>
    internal int PointsPassed { get; private set; }

    /// <summary>Which thread came to which point, in order.</summary>
    internal string Trace => string.Join(' ', _trace.Select(entry => $"{entry.Thread.Letter}:{entry.Point.Replace(' ', '-')}"));

    /// <summary>Runs to the end.</summary>
    /// <returns>Whether the carriers are free again; otherwise one hangs.</returns>
    internal bool Run(IReadOnlyList<Carrier> carriers)
    {
        for (var i = 0; i < _threads.Count; i++)
        {
            var thread = _threads[i];
            thread.Carrier = carriers[i];
            carriers[i].Give(() => Live(thread));
        }

        lock (_lock) HandOverLocked(ChooseLocked(current: null));
        Watch();
        return _unwound.Wait(s_patience);
    }

    /// <summary>A point: another thread may go on here.</summary>
    internal void Point(LogicalThread self, string name)
    {
        lock (_lock)
        {
            if (_isChecking) return;
            if (_isOver) throw new ExecutionOverException();
            PointsPassed++;
            self.At = name;
            _trace.Add((self, name));
            if (_trace.Count > MaxPoints) EndLocked("It goes round in circles.");
            self.State = LogicalState.Ready;
            if (_running == self || _running is null)
            {
                var next = ChooseLocked(_running == self ? self : null);
                HandOverLocked(next);
                if (next == self)
                {
                    TakeUpLocked(self);
                    self.Turn.Wait(TimeSpan.Zero);
                    return;
                }
            }
        }

        AwaitTurn(self);
    }

    /// <summary>A point of the scenario's own, between two operations.</summary>
    internal void Point(string name) => Point(_running!, name);

    /// <summary>Queues a continuation for a thread.</summary>
    internal void Post(LogicalThread thread, SendOrPostCallback callback, object? state)
    {
        lock (_lock)
        {
            if (_isOver) return;
            _progress++;
            thread.Inbox.Enqueue((callback, state));
            if (thread.State == LogicalState.Waiting) thread.State = LogicalState.Ready;
        }
    }

    /// <summary>Lets threads come back that were stuck behind what the running thread has just done.</summary>
    internal void AwaitStuck()
    {
        Volatile.Write(ref _isWaitingForStuck, true);
        SpinWait.SpinUntil(IsNoneStuck, TimeSpan.FromSeconds(1));
        Volatile.Write(ref _isWaitingForStuck, false);
    }

    /// <summary>Ends the execution because something is wrong.</summary>
    internal void Fail(string finding)
    {
        lock (_lock) EndLocked(finding);
    }

    private bool IsNoneStuck()
    {
        lock (_lock) return _isOver || !_threads.Any(thread => thread.State == LogicalState.Stuck);
    }

    private void Live(LogicalThread self)
    {
        Interleaving.Observe(name => Point(self, name));
        SynchronizationContext.SetSynchronizationContext(_inline ? null : _contexts[self.Id]);
        try
        {
            AwaitTurn(self);
            self.Outcome = self.Body();
            while (true)
            {
                Rest(self);
                (SendOrPostCallback Callback, object? State) work;
                lock (_lock) work = self.Inbox.Dequeue();
                work.Callback(work.State);
            }
        }
        catch (ExecutionOverException)
        {
            // The end of every logical thread.
        }
        catch (Exception error)
        {
            Fail($"A continuation threw.{Environment.NewLine}{error}");
        }
        finally
        {
            Interleaving.Observe(null);
            SynchronizationContext.SetSynchronizationContext(null);
            _unwound.Signal();
        }
    }

    /// <summary>The thread has nothing to run: hands over, and returns when it has.</summary>
    private void Rest(LogicalThread self)
    {
        lock (_lock)
        {
            if (_isOver) throw new ExecutionOverException();
            FailIfFaultedLocked();
            self.At = self.Outcome!.IsCompleted ? "end" : "await";
            self.State = self.Inbox.Count > 0 ? LogicalState.Ready : LogicalState.Waiting;
            if (_running == self || _running is null) HandOverLocked(ChooseLocked(current: null));
        }

        AwaitTurn(self);
    }

    private void FailIfFaultedLocked()
    {
        if (_threads.FirstOrDefault(thread => thread.Outcome is { IsFaulted: true } or { IsCanceled: true }) is not { } thread) return;
        var error = thread.Outcome!.Exception?.InnerException;
        if (error is not ExecutionOverException) EndLocked($"{thread.Letter} failed. {error?.ToString() ?? "It was cancelled."}");
    }

    private void AwaitTurn(LogicalThread self)
    {
        self.Turn.Wait();
        lock (_lock)
        {
            if (_isOver) throw new ExecutionOverException();
            TakeUpLocked(self);
        }
    }

    private void TakeUpLocked(LogicalThread self)
    {
        _progress++;
        self.State = LogicalState.Running;
        self.HasTurn = true;
    }

    /// <summary>The next thread; null when none can go on.</summary>
    private LogicalThread? ChooseLocked(LogicalThread? current)
    {
        var options = new List<byte>(_threads.Count);
        if (current is { State: LogicalState.Ready }) options.Add(current.Id);
        foreach (var thread in _threads)
            if (thread != current && thread.State == LogicalState.Ready) options.Add(thread.Id);

        if (options.Count == 0) return null;
        if (options.Count == 1) return _threads[options[0]];
        var chosen = _steps.Count < _schedule.Length ? _schedule[_steps.Count] : options[0];
        if (!options.Contains(chosen))
        {
            EndLocked(string.Create(CultureInfo.InvariantCulture, $"The schedule does not fit: {(char)('A' + chosen)} cannot go on at choice {_steps.Count}."));
            return null;
        }

        _steps.Add(new Step(chosen, [.. options], current is { State: LogicalState.Ready }));
        return _threads[chosen];
    }

    private void HandOverLocked(LogicalThread? next)
    {
        _progress++;
        if (_isOver) return;
        _running = next;
        if (next is not null)
        {
            next.HasTurn = false;
            next.Turn.Release();
            return;
        }

        // A stuck thread comes back, or the watch finds that none does.
        if (_threads.Any(thread => thread.State == LogicalState.Stuck)) return;
        FailIfFaultedLocked();
        if (_isOver) return;

        var unfinished = _threads.Where(thread => thread.State != LogicalState.Dormant && thread.Outcome is not { IsCompleted: true }).ToList();
        if (Checked(unfinished.Count == 0) is { } wrong) EndLocked(wrong);
        else if (_threads.Any(thread => thread.State == LogicalState.Ready)) EndLocked("Only a snapshot of the stream woke a thread: a wake-up had been lost.");
        else if (_threads.FirstOrDefault(thread => thread.State == LogicalState.Dormant) is { } last) WakeLocked(last);
        else EndLocked(unfinished.Count == 0 ? null : $"Deadlock: {string.Join(", ", unfinished.Select(thread => thread.Letter))} wait for ever.");
    }

    private void WakeLocked(LogicalThread last)
    {
        last.State = LogicalState.Ready;
        HandOverLocked(last);
    }

    private string? Checked(bool everyoneFinished)
    {
        _isChecking = true;
        try
        {
            return _whenAtRest(everyoneFinished);
        }
        catch (Exception error)
        {
            return error is FindingException ? error.Message : error.ToString();
        }
        finally
        {
            _isChecking = false;
        }
    }

    private void EndLocked(string? finding)
    {
        if (_isOver) return;
        _isOver = true;
        _finding = finding;
        foreach (var thread in _threads) thread.Turn.Release();
        _over.Set();
    }

    /// <summary>Waits for the end, and watches for threads that do not go on.</summary>
    private void Watch()
    {
        var seen = -1L;
        var asleep = 0;
        var looks = 0;
        while (!_over.Wait(s_look))
        {
            // Before taking the lock: a thread that waits for this lock must not look asleep.
            var isAsleep = Volatile.Read(ref _running)?.Carrier!.IsWaiting == true;
            lock (_lock)
            {
                if (_progress != seen) (seen, asleep, looks) = (_progress, 0, 0);
                looks++;
                if (looks * s_look > s_patience) EndLocked($"{_running?.Letter.ToString() ?? "Every thread"} hangs inside an operation.");
                if (_running is not { HasTurn: true } running || Volatile.Read(ref _isWaitingForStuck)) continue;
                asleep = isAsleep ? asleep + 1 : 0;
                if (asleep < LooksUntilStuck) continue;
                running.State = LogicalState.Stuck;
                running.At = "stuck";
                _trace.Add((running, "stuck"));
                HandOverLocked(ChooseLocked(current: null));
            }
        }
    }
}
