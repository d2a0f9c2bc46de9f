namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>The transaction of a file that is under way: what its calls read and write through.</summary>
/// <param name="database">The connection.</param>
/// <param name="processes">The processes that use the file.</param>
/// <param name="askedAt">
/// When the lock of the file was asked for, in milliseconds of the machine's monotonic clock: leases count from it.
/// </param>
/// <param name="unlockedSince">Since when this process has not found the file locked by another program.</param>
internal sealed class SqlTransaction(Database database, SqlProcesses processes, long askedAt, long unlockedSince)
{
    private readonly Dictionary<long, bool> _live = [];

    /// <summary>The connection.</summary>
    internal Database Database => database;

    /// <summary>When the lock was asked for.</summary>
    internal long AskedAt => askedAt;

    /// <summary>This process's id in the file. It is in the file from now on.</summary>
    internal long EnsureProcess()
    {
        HasEntered |= processes.Ensure(database, askedAt);
        return processes.Id;
    }

    /// <summary>Whether this transaction puts the process into the file.</summary>
    internal bool HasEntered { get; private set; }

    /// <summary>Whether the process of a row keeps its sessions.</summary>
    /// <param name="rows">A row of which the first columns are those of <see cref="SqlProcesses.Columns"/>.</param>
    internal bool IsLive(Statement rows)
    {
        var id = rows.Number(0);
        if (!_live.TryGetValue(id, out var isLive)) _live[id] = isLive = processes.KeepsSessions(rows, askedAt, unlockedSince);
        return isLive;
    }
}
