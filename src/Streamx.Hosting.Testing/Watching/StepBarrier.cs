namespace Streamx.Hosting.Testing;

/// <summary>A barrier that a worker passes before each step. A test holds it, opens it for one step, or makes steps fail.</summary>
internal sealed class StepBarrier(ChangeSignal changes)
{
    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>The errors that the next steps fail with.</summary>
    private readonly Queue<Exception> _faults = [];

    /// <summary>How many steps may pass while it is held.</summary>
    private int _permits;

    /// <summary>Which single steps may pass besides while it is held.</summary>
    private readonly List<Func<object?, bool>> _named = [];

    /// <summary>The steps that wait at it: what they are, where they say so.</summary>
    private readonly List<object?> _waiting = [];

    /// <summary>Ends when waiting steps have to check again; null while none waits.</summary>
    private TaskCompletionSource? _changed;

    /// <summary>Whether waiting steps are cancelled.</summary>
    private bool _isEnded;

    /// <summary>Whether it is held.</summary>
    internal bool IsHeld { get; private set; }

    /// <summary>How many steps have reached it.</summary>
    internal int Arrivals { get; private set; }

    /// <summary>Whether a step waits at it.</summary>
    internal bool IsOccupied
    {
        get
        {
            lock (_lock) return _waiting.Count > 0;
        }
    }

    /// <summary>Whether a certain step waits at it.</summary>
    internal bool Holds(Func<object?, bool> isStep)
    {
        lock (_lock) return _waiting.Exists(step => isStep(step));
    }

    /// <summary>Holds every step from now on.</summary>
    internal void Hold()
    {
        lock (_lock)
        {
            (IsHeld, _permits) = (true, 0);
            _named.Clear();
        }
    }

    /// <summary>Lets every step pass from now on.</summary>
    internal void Release() => Change(() => IsHeld = false);

    /// <summary>Lets one step pass while it is held.</summary>
    internal void LetOne() => Change(() => _permits++);

    /// <summary>Lets a certain step pass while it is held.</summary>
    internal void LetOne(Func<object?, bool> isStep) => Change(() => _named.Add(isStep));

    /// <summary>Cancels waiting steps: the harness is being disposed of.</summary>
    internal void End() => Change(() => _isEnded = true);

    /// <summary>Makes the next steps fail.</summary>
    internal void FailNext(Exception error, int times)
    {
        lock (_lock)
        {
            for (var i = 0; i < times; i++) _faults.Enqueue(error);
        }
    }

    /// <summary>Waits until a step may pass. Throws the error it has to fail with.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="step">What the step is; null for one that need not be told from others.</param>
    internal async ValueTask PassAsync(CancellationToken cancellationToken, object? step = null)
    {
        Task? changed = null;
        while (!TryPass(step, isFirst: changed is null, out changed))
        {
            changes.Notify();
            try
            {
                await changed!.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                lock (_lock) _waiting.Remove(step);
            }
        }
    }

    /// <summary>Passes if a step may pass now. Throws the error it has to fail with.</summary>
    internal bool TryPass()
    {
        lock (_lock) return TryPassLocked(step: null);
    }

    private bool TryPass(object? step, bool isFirst, out Task? changed)
    {
        lock (_lock)
        {
            changed = null;
            if (isFirst) Arrivals++;
            if (TryPassLocked(step)) return true;
            _waiting.Add(step);
            changed = (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            return false;
        }
    }

    private bool TryPassLocked(object? step)
    {
        if (_isEnded) throw new OperationCanceledException("The harness has been disposed.");
        if (IsHeld)
        {
            if (_named.FindIndex(isStep => isStep(step)) is >= 0 and var named) _named.RemoveAt(named);
            else if (_permits > 0) _permits--;
            else return false;
        }

        return _faults.TryDequeue(out var fault) ? throw fault : true;
    }

    private void Change(Action change)
    {
        TaskCompletionSource? changed;
        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = null;
        }

        changed?.TrySetResult();
    }
}
