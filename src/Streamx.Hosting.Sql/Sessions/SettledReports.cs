namespace Streamx.Hosting.Sql.Sessions;

/// <summary>What a consumer has reported as finished, and how much of that is stored. Safe from any thread.</summary>
internal sealed class SettledReports
{
    private readonly Lock _lock = new();

    /// <summary>The waits for what was reported to be stored: up to a position, and so many reports ahead of it.</summary>
    private readonly List<(long Position, long Ahead, TaskCompletionSource Source)> _waits = [];

    /// <summary>What is reported ahead of the position, and above it.</summary>
    private readonly SortedSet<long> _ahead = [];

    /// <summary>What was reported ahead of the position and is not stored, in the order of the reports.</summary>
    private readonly List<long> _unstored = [];

    /// <summary>How many reports ahead of the position are stored.</summary>
    private long _stored;

    private long _reported;
    private long _settled;

    /// <summary>When the oldest report was made that is not stored; null for none.</summary>
    private long? _since;

    /// <summary>The number up to which everything has been reported.</summary>
    internal long Reported
    {
        get
        {
            lock (_lock) return _reported;
        }
    }

    /// <summary>The number up to which that is stored.</summary>
    internal long Settled
    {
        get
        {
            lock (_lock) return _settled;
        }
    }

    /// <summary>The consumer begins at a position, which is stored.</summary>
    internal void Begin(long position)
    {
        lock (_lock)
        {
            RaiseLocked(position);
            _settled = position;
        }
    }

    /// <summary>Everything up to a number is reported.</summary>
    internal void Add(long position, long now)
    {
        lock (_lock)
        {
            RaiseLocked(position);
            if (_reported > _settled) _since ??= now;
        }
    }

    /// <summary>One number is reported ahead of the position.</summary>
    internal void AddAhead(long sequence, long now)
    {
        lock (_lock)
        {
            if (sequence <= _reported || !_ahead.Add(sequence)) return;
            _unstored.Add(sequence);
            RaiseLocked(_reported);
            if (_reported > _settled) _since ??= now;
        }
    }

    /// <summary>Numbers that no value gets count as reported.</summary>
    /// <returns>The number up to which everything is reported.</returns>
    internal long Raise(long position)
    {
        lock (_lock)
        {
            RaiseLocked(position);
            return _reported;
        }
    }

    /// <summary>What is reported ahead of the position and not stored.</summary>
    /// <param name="position">The position, which is stored with it.</param>
    /// <returns>The numbers behind the position, in order, and how many reports that stores.</returns>
    internal (IReadOnlyList<MarkRows.Mark> Marks, int Count) TakeAhead(long position)
    {
        lock (_lock)
        {
            List<MarkRows.Mark> marks = [];
            foreach (var sequence in _unstored.Where(sequence => sequence > position).Order())
            {
                if (marks.Count > 0 && marks[^1].Last == sequence - 1) marks[^1] = marks[^1] with { Last = sequence };
                else marks.Add(new MarkRows.Mark(sequence, sequence));
            }

            return (marks, _unstored.Count);
        }
    }

    /// <summary>The oldest reports ahead of the position are stored, as marks or by the position.</summary>
    internal void SettleAhead(int count)
    {
        lock (_lock)
        {
            _unstored.RemoveRange(0, count);
            _stored += count;
            ReleaseLocked();
        }
    }

    /// <summary>Everything up to a number is stored.</summary>
    /// <param name="position">The number.</param>
    /// <param name="now">The time.</param>
    /// <returns>When the first report was made that is stored now; null for none.</returns>
    internal long? Settle(long position, long now)
    {
        lock (_lock)
        {
            var since = _since;
            _settled = Math.Max(_settled, position);
            _since = _settled >= _reported ? null : now;
            ReleaseLocked();
            return since;
        }
    }

    /// <summary>Waits until everything reported so far is stored.</summary>
    internal Task WhenSettledAsync()
    {
        lock (_lock)
        {
            if (_settled >= _reported && _unstored.Count == 0) return Task.CompletedTask;
            TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((_reported, _stored + _unstored.Count, source));
            return source.Task;
        }
    }

    /// <summary>Goes on to a number, and over what is reported ahead of it.</summary>
    private void RaiseLocked(long position)
    {
        _reported = Math.Max(_reported, position);
        while (_ahead.Count > 0 && _ahead.Min <= _reported + 1)
        {
            _reported = Math.Max(_reported, _ahead.Min);
            _ahead.Remove(_ahead.Min);
        }
    }

    private void ReleaseLocked()
    {
        for (var i = _waits.Count - 1; i >= 0; i--)
        {
            if (_waits[i].Position > _settled || _waits[i].Ahead > _stored) continue;
            _waits[i].Source.TrySetResult();
            _waits.RemoveAt(i);
        }
    }
}
