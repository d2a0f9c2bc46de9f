namespace Streamx.Hosting.Testing;

/// <summary>What a worker passes before each step: held by a test, opened for one step, or made to fail.</summary>
internal sealed class WorkGate(Pulse pulse)
{
    /// <summary>Guards everything below.</summary>
    private readonly Lock _gate = new();

    /// <summary>What the next steps fail with.</summary>
    private readonly Queue<Exception> _faults = [];

    /// <summary>How many steps may pass although it is held.</summary>
    private int _permits;

    /// <summary>How many wait before it.</summary>
    private int _waiting;

    /// <summary>Ends when those who wait are to look again; null while nobody waits.</summary>
    private TaskCompletionSource? _changed;

    /// <summary>Whether whoever waits is to give up.</summary>
    private bool _isOver;

    /// <summary>Whether it is held.</summary>
    internal bool IsHeld { get; private set; }

    /// <summary>How often somebody has come to it.</summary>
    internal int Arrivals { get; private set; }

    /// <summary>Whether somebody waits before it.</summary>
    internal bool IsOccupied
    {
        get
        {
            lock (_gate) return _waiting > 0;
        }
    }

    /// <summary>From now on nothing passes.</summary>
    internal void Hold()
    {
        lock (_gate) (IsHeld, _permits) = (true, 0);
    }

    /// <summary>From now on everything passes.</summary>
    internal void Release() => Change(() => IsHeld = false);

    /// <summary>One step passes although it is held.</summary>
    internal void LetOne() => Change(() => _permits++);

    /// <summary>The harness is gone: whoever waits gives up.</summary>
    internal void End() => Change(() => _isOver = true);

    /// <summary>Has the next steps fail.</summary>
    internal void FailNext(Exception error, int times)
    {
        lock (_gate)
        {
            for (var i = 0; i < times; i++) _faults.Enqueue(error);
        }
    }

    /// <summary>Waits until a step may be taken. Throws what it is to fail with.</summary>
    internal async ValueTask PassAsync(CancellationToken cancellationToken)
    {
        Task? changed = null;
        while (!TryPass(isFirst: changed is null, out changed))
        {
            pulse.Beat();
            try
            {
                await changed!.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                lock (_gate) _waiting--;
            }
        }
    }

    /// <summary>Takes a step if it may be taken now. Throws what it is to fail with.</summary>
    internal bool TryPass()
    {
        lock (_gate) return TryPassLocked();
    }

    private bool TryPass(bool isFirst, out Task? changed)
    {
        lock (_gate)
        {
            changed = null;
            if (isFirst) Arrivals++;
            if (TryPassLocked()) return true;
            _waiting++;
            changed = (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            return false;
        }
    }

    private bool TryPassLocked()
    {
        if (_isOver) throw new OperationCanceledException("The harness has been disposed.");
        if (IsHeld && _permits == 0) return false;
        if (IsHeld) _permits--;
        return _faults.TryDequeue(out var fault) ? throw fault : true;
    }

    private void Change(Action change)
    {
        TaskCompletionSource? changed;
        lock (_gate)
        {
            change();
            changed = _changed;
            _changed = null;
        }

        changed?.TrySetResult();
    }
}
