namespace Streamx.Hosting.Remote.Leading;

/// <summary>The puts of this process that not every consumer has finished: those that wait, and those that have been appended.</summary>
/// <remarks>
/// <para>Invariants. Numbers are given in the order of the puts, without gaps, when they are appended. A put is appended only while a
/// leader term lasts, and only once every consumer has finished up to its number minus the window. An appended put is kept until it is
/// confirmed and every consumer has finished it. Once the queue is closed it takes no put.</para>
/// <para>Callers hear of the end of their put outside the lock. The measured wait alone is reported inside, in the order of the
/// transitions.</para>
/// </remarks>
/// <param name="window">How many values may be unfinished.</param>
/// <param name="maxBytes">How many bytes the unfinished values may have together, unless there is only one.</param>
/// <param name="clock">The stream's clock.</param>
internal sealed class RemotePutQueue(int window, long maxBytes, TimeProvider clock)
{
    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>Puts that have not been appended.</summary>
    private readonly WaitingPuts _waiting = new(clock);

    /// <summary>The callers' tokens of the waiting puts.</summary>
    private readonly PutTokens _tokens = new();

    /// <summary>Puts that have been appended.</summary>
    private readonly SentPuts _sent = new();

    /// <summary>Set when there may be something to do.</summary>
    private readonly AsyncAutoResetEvent _signal = new();

    /// <summary>The term while it can be appended to; null otherwise.</summary>
    private LeaderTerm? _term;

    /// <summary>How many values have been confirmed.</summary>
    private long _accepted;

    /// <inheritdoc cref="WhenEmptied"/>
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether no more puts are taken.</summary>
    private bool _isClosed;

    /// <summary>Whether the stream ends behind its puts.</summary>
    private bool _endsStream;

    /// <summary>How many values have been confirmed.</summary>
    internal long ValuesAccepted => Interlocked.Read(ref _accepted);

    /// <summary>How many puts wait, or are not confirmed.</summary>
    internal int Pending
    {
        get
        {
            lock (_lock) return _waiting.Count + _sent.Unconfirmed.Count();
        }
    }

    /// <summary>The puts that wait, and those that not every consumer has finished, as far as that is known.</summary>
    internal IReadOnlyList<RemotePut> Unfinished
    {
        get
        {
            lock (_lock) return [.. _sent, .. _waiting];
        }
    }

    /// <summary>Whether this process has no more reason to lead.</summary>
    internal bool IsDone
    {
        get
        {
            lock (_lock) return _isClosed && !_endsStream && _waiting.Count == 0 && !_sent.Unconfirmed.Any();
        }
    }

    /// <summary>Whether this process ends the stream behind its puts.</summary>
    internal bool EndsStream
    {
        get
        {
            lock (_lock) return _endsStream;
        }
    }

    /// <summary>The number of the next put that is appended.</summary>
    internal long Next
    {
        get
        {
            lock (_lock) return _sent.Next;
        }
    }

    /// <summary>The present term, the number of the last value, and the number that the first put waits for; null between terms.</summary>
    internal (LeaderTerm Turn, long Head, long Needed)? Leading
    {
        get
        {
            lock (_lock) return _term is null ? null : (_term, _sent.Next - 1, _waiting.First is { } first ? NeededLocked(first) : long.MinValue);
        }
    }

    /// <summary>
    /// For how long the oldest put has waited for consumers, whether for room or, once it has been appended, to be finished; null for none,
    /// and between terms.
    /// </summary>
    internal TimeSpan? OldestUnfinished
    {
        get
        {
            lock (_lock)
            {
                if (_term is null) return null;
                var finished = _term.Session.Positions.Lowest;
                if (_sent.FirstOrDefault(put => put.Sequence > finished) is { } sent) return clock.GetElapsedTime(sent.AppendedAt);
                return _waiting.First is { } first ? clock.GetElapsedTime(first.HeadSince) : null;
            }
        }
    }

    /// <summary>How long the first put has waited for consumers; null if none waits, and between terms.</summary>
    internal TimeSpan? OldestWait
    {
        get
        {
            lock (_lock) return _term is null || _waiting.First is not { } first ? null : clock.GetElapsedTime(first.HeadSince);
        }
    }

    /// <summary>Waits until there may be something to do. For one loop at a time.</summary>
    internal Task WaitAsync(CancellationToken cancellationToken) => _signal.WaitAsync(cancellationToken);

    /// <summary>Wakes the loop.</summary>
    internal void Wake() => _signal.Set();

    /// <summary>Takes puts, which stay together from here on.</summary>
    /// <param name="puts">One, or the values of a call that puts many.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Whether they have been taken; false once the queue is closed.</returns>
    internal bool TryQueue(IReadOnlyList<RemotePut> puts, CancellationToken cancellationToken)
    {
        PutTokens.Registration? registration = null;
        lock (_lock)
        {
            if (_isClosed) return false;
            foreach (var put in puts)
            {
                put.Token = cancellationToken;
                _waiting.Add(put);
                // Each put is counted; the first put of a token makes the registration.
                var added = _tokens.AddLocked(cancellationToken);
                registration ??= added;
            }
        }

        Wake();
        // Outside the lock: a token that is cancelled calls back at once.
        registration?.Begin(cancellationToken.UnsafeRegister(static (line, token) => ((RemotePutQueue)line!).Withdraw(token), this));
        return true;
    }

    /// <summary>Ends when no put waits and no more can come.</summary>
    internal Task WhenEmptied => _emptied.Task;

    /// <summary>
    /// Whether a put made now would be appended without a wait, unless its value is too large for the bytes that are left.
    /// </summary>
    internal bool HasRoom
    {
        get
        {
            lock (_lock) return HasRoomLocked;
        }
    }

    /// <summary>Appends a put if that needs no wait.</summary>
    internal bool TryAppend(RemotePut put)
    {
        lock (_lock)
        {
            if (!HasRoomLocked || !_term!.Session.Positions.HaveReached(NeededLocked(put))) return false;
            AppendLocked([put]);
            return true;
        }
    }

    /// <summary>Takes no more puts.</summary>
    /// <param name="endsStream">Whether the stream ends behind the puts that are queued, rather than be handed over to the next in
    /// line.</param>
    internal void Close(bool endsStream)
    {
        lock (_lock)
        {
            _isClosed = true;
            _endsStream |= endsStream;
            NoteEmptiedLocked();
        }

        Wake();
    }

    /// <summary>Calls back between two transitions of puts, with the time.</summary>
    internal void AtPresent(Action<long> look)
    {
        lock (_lock) look(clock.GetTimestamp());
    }

    /// <summary>Takes no more puts, and refuses every put that has not been confirmed.</summary>
    /// <param name="because">Makes the exception of each: a shared instance would mix stack traces.</param>
    internal void Refuse(Func<Exception> because)
    {
        List<RemotePut> waiting;
        List<RemotePut> sent;
        lock (_lock)
        {
            _isClosed = true;
            waiting = _waiting.TakeAll(_ => true);
            foreach (var put in waiting) _tokens.RemoveLocked(put.Token);
            NoteEmptiedLocked();
            sent = [.. _sent.Unconfirmed];
            foreach (var put in sent) put.IsRefused = true;
        }

        foreach (var put in waiting) put.Fail(because());
        foreach (var put in sent) put.Fail(Unknown(because()));
        Wake();
    }

    /// <summary>The exception of a put that had been sent: consumers may have received it.</summary>
    private static Exception Unknown(Exception because) => because is StreamClosedException closed
        ? new StreamClosedException("The stream was closed before it was known whether the value was accepted: consumers may have received it.", closed) { Origin = closed.Origin }
        : because;

    /// <summary>Decides where an epoch begins.</summary>
    /// <param name="session">The session, not begun.</param>
    /// <returns>The number of its first value, and the puts to append again under it.</returns>
    internal (long First, List<RemotePut> Again) StartEpoch(ILeadSession session)
    {
        List<RemotePut> again;
        List<RemotePut> known;
        long first;
        lock (_lock) (first, again, known) = _sent.StartEpoch(session);
        foreach (var put in known) Confirm(put);
        return (first, again);
    }

    /// <summary>An epoch has begun: its numbers are this process's.</summary>
    internal void NoteEpoch(ILeadSession session)
    {
        lock (_lock) _sent.NoteEpoch(session);
    }

    /// <summary>Puts are appended in a term from now on.</summary>
    internal void Enter(LeaderTerm term)
    {
        lock (_lock) _term = term;
    }

    /// <summary>Puts wait for the next term.</summary>
    internal void Leave()
    {
        lock (_lock)
        {
            // Should the broker lose the stream, the next session no longer knows it.
            if (_term is not null) _sent.Forget(_term.Session.Positions.Lowest);
            _term = null;
        }
    }

    /// <summary>Finds what is to be appended next.</summary>
    /// <param name="next">Its number, and the number up to which everything must be finished before; null while there is nothing.</param>
    /// <returns>False once no more puts come.</returns>
    internal bool TryLook(out (long Sequence, long Needed)? next)
    {
        lock (_lock)
        {
            next = _waiting.First is { } first ? (_sent.Next, NeededLocked(first)) : null;
            return _waiting.Count > 0 || !_isClosed;
        }
    }

    /// <summary>Appends the first put, if it may be appended now.</summary>
    /// <param name="next">The number for which every consumer has made room.</param>
    /// <param name="wait">How the wait for that went.</param>
    internal void AppendFirst(long next, PositionWait wait)
    {
        lock (_lock)
        {
            // The first put may have been withdrawn meanwhile, or TryAppend been quicker. The condition then applies to the put that is
            // first now.
            if (_waiting.First is not { } first || _sent.Next != next || !_term!.Session.Positions.HaveReached(NeededLocked(first))) return;
            List<RemotePut> puts = [TakeFirstLocked(wait)];
            // The following puts of the same call that puts many are appended with it, as far as there is room.
            while (puts[0].Call is { } call && _waiting.First is { } following && following.Call == call && HasRoomBehindLocked(puts, following))
                puts.Add(TakeFirstLocked(default));
            AppendLocked(puts);
        }
    }

    /// <summary>A put is durable.</summary>
    internal void Confirm(RemotePut put)
    {
        lock (_lock)
        {
            if (put.IsConfirmed) return;
            put.IsConfirmed = true;
        }

        // A put that is confirmed again, since the broker had lost it, was counted before.
        if (!put.Task.IsCompleted) Interlocked.Increment(ref _accepted);
        put.Succeed();
    }

    /// <summary>Every consumer has finished everything: a flush would have nothing left to wait for.</summary>
    internal void Forget()
    {
        lock (_lock) _sent.Clear();
    }

    private bool HasRoomLocked => _term is not null && !_isClosed && _waiting.Count == 0 && _term.Session.Positions.HaveReached(_sent.Next - window);

    /// <summary>The number up to which everything must be finished before a put can be appended next.</summary>
    private long NeededLocked(RemotePut put) => Math.Max(_sent.Next - window, _sent.RoomFor(put, maxBytes));

    private bool HasRoomBehindLocked(List<RemotePut> ahead, RemotePut put)
    {
        var left = maxBytes - ahead.Sum(static other => (long)other.Body.Length);
        return put.Body.Length <= left && _term!.Session.Positions.HaveReached(Math.Max(_sent.Next + ahead.Count - window, _sent.RoomFor(put, left)));
    }

    private RemotePut TakeFirstLocked(PositionWait wait)
    {
        var put = _waiting.TakeFirst(wait);
        _tokens.RemoveLocked(put.Token);
        return put;
    }

    private void AppendLocked(IReadOnlyList<RemotePut> puts)
    {
        foreach (var put in puts)
        {
            put.AppendedAt = clock.GetTimestamp();
            _sent.Add(put, _term!.Session.Positions.Lowest);
        }

        _term!.Append(puts);
    }

    private void NoteEmptiedLocked()
    {
        if (_isClosed && _waiting.Count == 0) _emptied.TrySetResult();
    }

    /// <summary>Withdraws the waiting puts of a token. Cancelling does nothing to an appended put: a put is all or none.</summary>
    private void Withdraw(CancellationToken token)
    {
        List<RemotePut> withdrawn;
        lock (_lock)
        {
            withdrawn = _waiting.TakeAll(put => put.Token == token);
            foreach (var put in withdrawn) _tokens.RemoveLocked(put.Token);
            NoteEmptiedLocked();
        }

        foreach (var put in withdrawn) put.Fail(new OperationCanceledException(token));
        Wake();
    }
}
