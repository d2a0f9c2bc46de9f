namespace Streamx.Hosting.Remote.Producing;

/// <content>What the queue knows, for the leader loop, the stream's status and its snapshots.</content>
internal sealed partial class RemotePutQueue
{
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
    internal (LeaderTerm Term, long Head, long Needed)? Leading
    {
        get
        {
            lock (_lock)
                return _term is null ? null : (_term, _sent.Next - 1, _waiting.First is { } first ? NeededLocked(first) : long.MinValue);
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
}
