namespace Streamx.Hosting.Sqlite.Sessions;

/// <summary>What a consumer has reported as finished, and how much of that is stored. Safe from any thread.</summary>
internal sealed class SettledReports
{
    private readonly Lock _lock = new();

    /// <summary>The waits for what was reported to be stored, each with the number.</summary>
    private readonly List<(long Position, TaskCompletionSource Source)> _waits = [];

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
        lock (_lock) (_reported, _settled) = (Math.Max(_reported, position), position);
    }

    /// <summary>Everything up to a number is reported.</summary>
    internal void Add(long position, long now)
    {
        lock (_lock)
        {
            _reported = Math.Max(_reported, position);
            if (_reported > _settled) _since ??= now;
        }
    }

    /// <summary>Numbers that no value gets count as reported.</summary>
    internal void Raise(long position)
    {
        lock (_lock) _reported = Math.Max(_reported, position);
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
            for (var i = _waits.Count - 1; i >= 0; i--)
            {
                if (_waits[i].Position > _settled) continue;
                _waits[i].Source.TrySetResult();
                _waits.RemoveAt(i);
            }

            return since;
        }
    }

    /// <summary>Waits until everything reported so far is stored.</summary>
    internal Task WhenSettledAsync()
    {
        lock (_lock)
        {
            if (_settled >= _reported) return Task.CompletedTask;
            TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((_reported, source));
            return source.Task;
        }
    }
}
