namespace Streamx.Hosting.Remote.Producing;

/// <content>Appending: what a leader term appends, in order and as far as there is room, and what is confirmed.</content>
internal sealed partial class RemotePutQueue
{
    private bool HasRoomLocked =>
        _term is not null && !_isClosed && _waiting.Count == 0 && _term.Session.Positions.HaveReached(_sent.Next - window);

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
            if (IsTooLateLocked(put) || !HasRoomLocked || !_term!.Session.Positions.HaveReached(NeededLocked(put))) return false;
            AppendLocked([put]);
            return true;
        }
    }

    /// <summary>Decides where an epoch begins.</summary>
    /// <param name="session">The session, not begun.</param>
    /// <returns>The number of its first value, and the puts to append again under it.</returns>
    internal (long First, List<RemotePut> Again) StartEpoch(ILeadSession session)
    {
        List<RemotePut> again;
        List<RemotePut> known;
        List<RemotePut> dropped;
        long first;
        lock (_lock) (first, again, known, dropped) = _sent.StartEpoch(session);
        foreach (var put in known) Confirm(put);
        foreach (var put in dropped) put.Fail(put.Term!.NewRefusal());
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

    /// <summary>
    /// Puts wait for the next term, except those of this one alone, which are refused. The next term finds out which of them are stored.
    /// </summary>
    internal void Leave()
    {
        List<RemotePut> refused;
        lock (_lock)
        {
            // Should the broker lose the stream, the next session no longer knows it.
            if (_term is not null) _sent.Forget(_term.Session.Positions.Lowest);
            _term = null;
            refused = _waiting.TakeAll(IsTooLateLocked);
            foreach (var put in refused) _tokens.RemoveLocked(put.Token);
            foreach (var put in _sent.Unconfirmed.Where(IsTooLateLocked).ToList())
            {
                put.IsRefused = true;
                refused.Add(put);
            }

            NoteEmptiedLocked();
        }

        foreach (var put in refused) put.Fail(put.Term!.NewRefusal());
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
            long bytes = puts[0].Body.Length;
            // The following puts of the same call that puts many are appended with it, as far as there is room.
            while (puts[0].Call is { } call && _waiting.First is { } following && following.Call == call
                && HasRoomBehindLocked(puts.Count, bytes, following))
            {
                puts.Add(TakeFirstLocked(default));
                bytes += following.Body.Length;
            }

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
            if (put.Bookmark is { } bookmark) put.Term!.NoteStored(bookmark);
        }

        // A put that is confirmed again, since the broker had lost it, was counted before.
        if (!put.Task.IsCompleted) Interlocked.Increment(ref _accepted);
        put.Succeed();
    }

    /// <summary>Every consumer has finished everything: a flush would have nothing left to wait for.</summary>
    internal void Forget(ILeadSession session)
    {
        lock (_lock) _sent.Clear(session);
    }

    /// <summary>The number up to which everything must be finished before a put can be appended next.</summary>
    private long NeededLocked(RemotePut put)
    {
        // What one bookmark covers is appended in one step, if there can ever be room for that.
        var (count, bytes) = put.Together is var (all, size) && all <= window && size <= maxBytes ? (all, size) : (1, put.Body.Length);
        return Math.Max(_sent.Next + count - 1 - window, _sent.RoomFor(bytes, maxBytes));
    }

    /// <summary>Whether a put may be appended together with those ahead of it.</summary>
    private bool HasRoomBehindLocked(int count, long bytes, RemotePut put)
    {
        var left = maxBytes - bytes;
        return put.Body.Length <= left
            && _term!.Session.Positions.HaveReached(Math.Max(_sent.Next + count - window, _sent.RoomFor(put.Body.Length, left)));
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
}
