namespace Streamx.Hosting.Sql.Storage;

/// <content>What goes into the next transaction, but needs none of its own for a moment.</content>
internal sealed partial class SqlStore
{
    /// <summary>How long it waits, in milliseconds.</summary>
    private const int Deferral = 2;

    /// <summary>The sessions that have such things to write. Guarded by the lock.</summary>
    private readonly HashSet<SqlSession> _deferred = [];

    /// <summary>When the first of them is written in any case, in milliseconds of the system's clock. Guarded by the lock.</summary>
    private long _deferredUntil;

    private int WaitForDeferred
    {
        get
        {
            lock (_lock)
                return _deferred.Count == 0 ? LongestLook : (int)Math.Clamp(_deferredUntil - Environment.TickCount64, 0, LongestLook);
        }
    }

    /// <summary>A session has something to write, and soon more that can go into the same transaction.</summary>
    internal void MarkDirtySoon(SqlSession session)
    {
        lock (_lock)
        {
            if (!_deferred.Add(session) || _deferred.Count > 1) return;
            _deferredUntil = Environment.TickCount64 + Deferral;
        }

        // The thread may have begun a longer wait.
        Wake();
    }
}
