namespace Streamx.TestUtilities.InMemory;

/// <summary>What a process and the store know of each other: one session, from both sides.</summary>
/// <remarks>
/// A session is prolonged three times in each lease. The process counts its lease from when it asked, the store from when it was asked,
/// so the process never believes longer than the store. Guarded by the lock of the store.
/// </remarks>
internal class InMemorySession : IAsyncDisposable
{
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Wire _requests;
    private readonly Wire _replies;
    private readonly ITimer _renewal;
    private readonly ITimer _expiry;

    /// <summary>Until when the process may believe that the session lasts.</summary>
    private long _heldUntil;

    /// <summary>Until when the store believes that the session lasts.</summary>
    private long _knownUntil;

    /// <summary>Whether the session lasts, as far as the store knows.</summary>
    private bool _isOpen = true;

    internal InMemorySession(InMemoryTransport process)
    {
        Process = process;
        _requests = new Wire(Store, () => process.IsPartitioned || process.IsDead);
        _replies = new Wire(Store, () => process.IsPartitioned || process.IsDead);
        _heldUntil = _knownUntil = Store.Clock.GetTimestamp() + Store.TicksOf(Store.Lease);
        _expiry = Store.Clock.CreateTimer(_ => Store.Locked(ExpireLocked), null, Store.Lease, Timeout.InfiniteTimeSpan);
        _renewal = Store.Clock.CreateTimer(_ => Store.Locked(RenewLocked), null, Store.Lease / 3, Store.Lease / 3);
        Store.Locked(() =>
        {
            Store.OpenLocked(this);
            process.AddLocked(this);
        });
    }

    /// <summary>Its process.</summary>
    internal InMemoryTransport Process { get; }

    /// <inheritdoc cref="IJoinSession.WhenLost"/>
    public Task<Exception> WhenLost => _lost.Task;

    /// <inheritdoc cref="IJoinSession.IsHeld"/>
    public bool IsHeld
    {
        get
        {
            if (Process.IsDead) return false;
            if (!_lost.Task.IsCompleted && Store.Clock.GetTimestamp() >= Interlocked.Read(ref _heldUntil)) Store.Locked(RenewLocked);
            return !_lost.Task.IsCompleted;
        }
    }

    /// <summary>Whether neither side knows it any more, and nothing of it is on its way. Guarded by the lock of the store.</summary>
    internal bool IsOver => !_isOpen && _lost.Task.IsCompleted && _requests.IsEmpty;

    /// <summary>Whether the session lasts, as far as the store knows. Guarded by the lock of the store.</summary>
    protected bool IsOpen => _isOpen;

    /// <summary>The store.</summary>
    protected InMemoryStore Store => Process.Store;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Store.Locked(() =>
        {
            LoseLocked("The session has been given up.");
            _requests.SendLocked(TimeSpan.Zero, () => CloseLocked(why: null));
        });
        return default;
    }

    /// <summary>Does a step at the store, and waits for the answer.</summary>
    /// <exception cref="TransportException">The session was lost before the answer came.</exception>
    internal async Task CallAsync(FaultPoint point, Action act, Action? actPartway = null)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Store.Locked(() => SendLocked(point, act, error =>
        {
            if (error is null) done.TrySetResult();
            else done.TrySetException(error);
        }, actPartway));
        if (await Task.WhenAny(done.Task, WhenLost) != done.Task)
        {
            var error = await WhenLost;
            throw new TransportException(error.Message, error);
        }

        await done.Task;
    }

    /// <summary>The store ends the session.</summary>
    /// <param name="why">What the process is told; null for nothing.</param>
    internal void CloseLocked(string? why)
    {
        if (!_isOpen) return;
        _isOpen = false;
        _expiry.Dispose();
        Store.ForgetLocked(this);
        Process.ForgetLocked(this);
        if (why is not null) _replies.SendLocked(TimeSpan.Zero, () => LoseLocked(why));
    }

    /// <summary>The connection breaks.</summary>
    /// <param name="isNoticed">Whether the store notices at once, rather than when the session expires.</param>
    internal void BreakLocked(bool isNoticed)
    {
        LoseLocked("The connection has been lost.");
        if (!isNoticed) return;
        _requests.CutLocked();
        CloseLocked(why: null);
    }

    /// <summary>The process is gone: nothing of it is heard any more.</summary>
    internal void DieLocked(bool isNoticed)
    {
        _renewal.Dispose();
        _replies.CutLocked();
        if (!isNoticed) return;
        _requests.CutLocked();
        CloseLocked(why: null);
    }

    /// <summary>What was held back comes through.</summary>
    internal void PumpLocked()
    {
        _requests.PumpLocked();
        _replies.PumpLocked();
    }

    /// <summary>Sends a step to the store.</summary>
    /// <param name="point">The step.</param>
    /// <param name="act">What the store does; may throw a <see cref="TransportException"/>.</param>
    /// <param name="onAnswer">Called with the answer, unless the session is lost before.</param>
    /// <param name="actPartway">What the store has done when the session is lost partway.</param>
    protected void SendLocked(FaultPoint point, Action act, Action<Exception?> onAnswer, Action? actPartway = null)
    {
        if (_lost.Task.IsCompleted) return;
        var fault = Store.FaultAtLocked(point, Process);
        if (fault.Kind == FaultKind.LoseBefore)
        {
            if (Store.Bug == StoreBug.ConfirmsWhatIsLost && point == FaultPoint.Append) onAnswer(null);
            BreakLocked(!fault.IsUnnoticed);
            return;
        }

        _requests.SendLocked(fault.Delay, () =>
        {
            // What comes from a session that is over has no effect.
            if (!_isOpen && !(Store.Bug == StoreBug.NoFence && point == FaultPoint.Append)) return;
            Exception? error = null;
            try
            {
                (fault.Kind == FaultKind.LosePartway && actPartway is not null ? actPartway : act)();
            }
            catch (TransportException refused)
            {
                error = refused;
            }

            if (Store.Bug == StoreBug.ConfirmsPartway && fault.Kind == FaultKind.LosePartway && point == FaultPoint.Append) onAnswer(null);
            if (fault.IsLoss)
            {
                // A store that was interrupted knows it: what has been sent behind it must not come through.
                BreakLocked(isNoticed: fault.Kind == FaultKind.LosePartway || !fault.IsUnnoticed);
                return;
            }

            _replies.SendLocked(fault.ReplyDelay, () => onAnswer(error));
            if (fault.Kind == FaultKind.Duplicate) _replies.SendLocked(TimeSpan.Zero, () => onAnswer(error));
        });
    }

    /// <summary>Tells the process something.</summary>
    protected void PushLocked(FaultPoint point, Action arrive)
    {
        if (!_isOpen) return;
        var fault = Store.FaultAtLocked(point, Process);
        if (fault.Kind is FaultKind.LoseBefore or FaultKind.LosePartway)
        {
            BreakLocked(!fault.IsUnnoticed);
            return;
        }

        _replies.SendLocked(fault.Delay + fault.ReplyDelay, arrive);
        if (fault.Kind == FaultKind.Duplicate && point == FaultPoint.Tell) _replies.SendLocked(TimeSpan.Zero, arrive);
        if (fault.Kind == FaultKind.LoseAfter) _replies.SendLocked(TimeSpan.Zero, () => BreakLocked(!fault.IsUnnoticed));
    }

    /// <summary>The session is over, as far as the process knows.</summary>
    protected virtual void OnLostLocked()
    {
    }

    private void LoseLocked(string why)
    {
        if (!_lost.TrySetResult(new TransportException(why))) return;
        _renewal.Dispose();
        _replies.CutLocked();
        Process.ForgetLocked(this);
        OnLostLocked();
    }

    private void RenewLocked()
    {
        if (_lost.Task.IsCompleted) return;
        var now = Store.Clock.GetTimestamp();
        if (now >= _heldUntil)
        {
            LoseLocked($"Nothing was heard of the store for {Store.Lease}.");
            return;
        }

        SendLocked(
            FaultPoint.Renew,
            () => _knownUntil = Store.Clock.GetTimestamp() + Store.TicksOf(Store.Lease),
            _ => Interlocked.Exchange(ref _heldUntil, now + (Store.TicksOf(Store.Lease) * (Store.Bug == StoreBug.HearsTooLate ? 10 : 1))));
    }

    private void ExpireLocked()
    {
        var left = Store.Clock.GetElapsedTime(Store.Clock.GetTimestamp(), _knownUntil);
        if (left <= TimeSpan.Zero) CloseLocked("The session has expired.");
        else if (_isOpen) _expiry.Change(left, Timeout.InfiniteTimeSpan);
    }
}
