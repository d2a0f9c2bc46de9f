using System.Security.Cryptography;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>The processes that use a file, and their leases. For the file's thread.</summary>
/// <param name="lease">How long a lease lasts.</param>
internal sealed class SqlProcesses(TimeSpan lease)
{
    /// <summary>The columns that <see cref="KeepsSessions"/> reads first, of <c>streamx_processes p</c>.</summary>
    internal const string Columns = "p.id, p.boot, p.space, p.pid, p.started, p.expires";

    /// <summary>How long after its lease the remains of a process are removed, if it cannot be known to have ended.</summary>
    private static readonly long s_remains = (long)TimeSpan.FromDays(1).TotalMilliseconds;

    /// <summary>The longest lease that there is.</summary>
    private static readonly long s_longestLease = (long)TimeSpan.FromMinutes(10).TotalMilliseconds;

    /// <summary>This process's id in the file: not the system's, which another process may have had.</summary>
    private readonly long _id = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue;

    private readonly ProcessIdentity _identity = ProcessIdentity.Current;

    /// <summary>Ids under which this process had the file open before, on a connection that broke.</summary>
    private long[] _former = [];

    /// <summary>Whether this process is in the file.</summary>
    internal bool IsPresent { get; private set; }

    /// <summary>The processes that lived at the last look.</summary>
    private HashSet<long> _live = [];

    /// <summary>Which processes had ended when the system was last asked. It is not asked after each commit of another process.</summary>
    private readonly Dictionary<ProcessIdentity, bool> _hasEnded = [];

    /// <summary>This process's id in the file.</summary>
    internal long Id => _id;

    /// <summary>How long after the file was locked others have for renewing their leases.</summary>
    internal long Grace => (long)Math.Min(1000, lease.TotalMilliseconds / 6);

    /// <summary>Until when no other process can take anything over from this one.</summary>
    internal long HeldUntil { get; private set; }

    /// <summary>When the lease is to be renewed.</summary>
    private long RenewAt { get; set; }

    /// <summary>Sets the ids of this process that are to be removed.</summary>
    internal void Replace(long[] former) => _former = former;

    /// <summary>Whether the lease is to be renewed now.</summary>
    internal bool MustRenew(long now) => IsPresent && now >= RenewAt;

    /// <summary>Writes this process into the file, if it is not there, and removes what processes have left that ended.</summary>
    /// <returns>Whether it was not there.</returns>
    internal bool Ensure(Database database, long now)
    {
        if (database.Number("select 1 from streamx_processes where id = ?", _id) is not null) return false;
        List<long> ended = [.. _former];
        using (var rows = database.Query($"select {Columns} from streamx_processes p"))
        {
            while (rows.Read())
            {
                if (Read(rows).HasEnded || rows.Number(5) < now - s_remains) ended.Add(rows.Number(0));
            }
        }

        foreach (var id in ended)
        {
            database.Execute("delete from streamx_sessions where process = ?", id);
            database.Execute("delete from streamx_processes where id = ?", id);
        }

        database.Execute(
            "insert into streamx_processes (id, boot, space, pid, started, expires) values (?, ?, ?, ?, ?, ?)",
            _id, _identity.Boot, _identity.Space, _identity.Pid, _identity.Started, Expiry(now));
        return true;
    }

    /// <summary>Renews the lease.</summary>
    /// <returns>Whether this process is still in the file.</returns>
    internal bool Renew(Database database, long now) =>
        database.Execute("update streamx_processes set expires = ? where id = ?", Expiry(now), _id) > 0;

    /// <summary>The lease has been committed.</summary>
    /// <param name="askedAt">The time from which it was counted.</param>
    internal void OnRenewed(long askedAt)
    {
        IsPresent = true;
        HeldUntil = Expiry(askedAt);
        RenewAt = askedAt + ((long)lease.TotalMilliseconds / 3);
    }

    /// <summary>Takes this process out of the file.</summary>
    internal void Remove(Database database)
    {
        database.Execute("delete from streamx_sessions where process = ?", _id);
        database.Execute("delete from streamx_processes where id = ?", _id);
    }

    /// <summary>Whether the process of a row keeps its sessions.</summary>
    /// <remarks>
    /// While another program holds the lock of the file, no process can renew its lease. After it each gets a moment to do so, before
    /// another takes over from it.
    /// </remarks>
    /// <param name="rows">The row, with <see cref="Columns"/> first.</param>
    /// <param name="now">The time.</param>
    /// <param name="unlockedSince">Since when this process has not found the file locked by another program.</param>
    internal bool KeepsSessions(Statement rows, long now, long unlockedSince) =>
        IsLive(rows, now) || (now - unlockedSince < Grace && rows.Number(5) < now && !HasEnded(rows));

    /// <summary>Whether the process of a row runs, as far as is known.</summary>
    private bool IsLive(Statement rows, long now)
    {
        if (rows.Number(0) == _id) return true;
        var expires = rows.Number(5);
        // An expiry that is further away than a lease is from before the machine was started again.
        return expires >= now && expires <= now + s_longestLease && !HasEnded(rows);
    }

    private bool HasEnded(Statement rows)
    {
        var identity = Read(rows);
        if (!_hasEnded.TryGetValue(identity, out var hasEnded)) _hasEnded[identity] = hasEnded = identity.HasEnded;
        return hasEnded;
    }

    /// <summary>Has the system asked again which processes have ended.</summary>
    internal void AskAgain() => _hasEnded.Clear();

    /// <summary>Looks which processes live.</summary>
    /// <returns>Whether there are others than at the last look.</returns>
    internal bool Look(Database database, long now)
    {
        HashSet<long> live = [];
        using (var rows = database.Query($"select {Columns} from streamx_processes p"))
        {
            while (rows.Read())
            {
                if (IsLive(rows, now)) live.Add(rows.Number(0));
            }
        }

        if (live.SetEquals(_live)) return false;
        _live = live;
        return true;
    }

    /// <summary>Whether a process lived at the last look.</summary>
    internal bool WasLive(long process) => _live.Contains(process);

    private long Expiry(long now) => now + (long)lease.TotalMilliseconds;

    private static ProcessIdentity Read(Statement rows) => new(rows.Text(1)!, rows.Text(2)!, rows.Number(3), rows.Text(4)!);
}
