using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Streamx.Hosting.Sql.Storage;

/// <content>Writing: everything that waits goes into one transaction. For the file's thread.</content>
internal sealed partial class SqlStore
{
    /// <summary>The longest wait between two tries while another program has the lock.</summary>
    private const int LongestBusyWait = 20;

    /// <summary>How often a transaction is tried before the first of those waits.</summary>
    private const int TriesAtOnce = 8;

    /// <summary>The wait between them: some microseconds.</summary>
    private const int SpinsBetweenTries = 200;

    /// <summary>That wait is this part of the time since the lock was asked for.</summary>
    private const int BusyPart = 10;

    /// <summary>What is to go into the next transaction, or into the one that the file did not take; null for nothing.</summary>
    private Batch? _batch;

    /// <summary>When the lock was first asked for, for the present transaction; null while none is wanted.</summary>
    private long? _askedAt;

    /// <summary>The wait before the transaction is tried again; zero while there is none.</summary>
    private int _retryWait;

    /// <summary>
    /// Whether the file was locked for so long that others may have missed a renewal. True at first: what happened before this process came
    /// is not known.
    /// </summary>
    private bool _wasLocked = true;

    /// <summary>Since when this process has not found the file locked for that long.</summary>
    private long _unlockedSince;

    /// <summary>Not before then is it tried again, in milliseconds of the system's clock: other programs know no other.</summary>
    private long _retryAt;

    private bool HasWork
    {
        get
        {
            lock (_lock)
            {
                return _batch is not null || _calls.Count > 0 || _dirty.Count > 0
                    || (_deferred.Count > 0 && (_isClosing || Environment.TickCount64 >= _deferredUntil));
            }
        }
    }

    private int WaitBeforeRetry => _askedAt is null ? LongestLook : (int)Math.Clamp(_retryAt - Environment.TickCount64, 1, LongestLook);

    /// <summary>Writes what waits, if the file can be written.</summary>
    /// <returns>Whether something was written.</returns>
    private bool TryWrite()
    {
        var now = Now;
        var mustRenew = _processes.MustRenew(now);
        if (!HasWork && !mustRenew && !_streams.Values.Any(state => state.MayTakeOver)) return false;
        // A lease counts from when it was asked for: its holder must not believe in it for longer than others do.
        var askedAt = _askedAt ??= now;
        if (_retryWait > 0 && Environment.TickCount64 < _retryAt) return false;
        if (!TryBegin(out var locked))
        {
            // A transaction of another process is no such lock: its own renewals get through between them.
            _wasLocked |= now - askedAt >= _processes.Grace;
            RetryLater(locked, now, (int)Math.Clamp((now - askedAt) / BusyPart, 1, LongestBusyWait));
            return false;
        }

        if (_wasLocked) (_wasLocked, _unlockedSince) = (false, Now);
        var batch = TakeBatch();
        try
        {
            Fill(batch, new SqlTransaction(Database, _processes, askedAt, _unlockedSince), mustRenew);
            Database.Execute("commit");
        }
        catch (SqliteException error) when (FileErrors.IsLocked(error) || FileErrors.IsRefused(error))
        {
            Database.Rollback();
            RetryLater(error, now, RefusedWait);
            if (!FileErrors.IsRefused(error)) return false;
            // The log itself may have taken the room, while a reader kept it from being written over: only a commit would look after it.
            if (error.SqliteErrorCode == raw.SQLITE_FULL) Database.TryEmptyLog();
            // What has no room for values may have it for a lease. Other processes may have had none for theirs.
            if (mustRenew) RenewAlone(now);
            _wasLocked = true;
            return false;
        }

        // Only now is it known that what was written can be found again.
        EnsureNotMoved();
        (_askedAt, _retryWait) = (null, 0);
        ReportBlocked(reason: null);
        OnCommitted(batch, askedAt);
        // Not before: if a part of it throws, the connection ends, and every call that is left in it has to end as well.
        _batch = null;
        return true;
    }

    /// <summary>
    /// Begins a transaction. Those of other processes are often shorter than the shortest wait of a thread, so a few tries come at once.
    /// The thread keeps its processor meanwhile: on a machine that is busy it would get it back late.
    /// </summary>
    private bool TryBegin([NotNullWhen(false)] out SqliteException? locked)
    {
        for (var left = _retryWait == 0 ? TriesAtOnce : 1; ; Thread.SpinWait(SpinsBetweenTries))
        {
            if (Database.TryExecute("begin immediate", out locked)) return true;
            if (--left == 0) return false;
        }
    }

    /// <summary>
    /// The wait before a transaction is tried again that the file did not take. Not so long that the lease ends meanwhile.
    /// </summary>
    private int RefusedWait => (int)Math.Min(
        Math.Clamp(_retryWait * 2, _settings.RetryDelay.TotalMilliseconds, _settings.MaxRetryDelay.TotalMilliseconds),
        _settings.Lease.TotalMilliseconds / 6);

    private Batch TakeBatch()
    {
        lock (_lock)
        {
            _batch ??= new Batch();
            _batch.Calls.AddRange(_calls);
            _batch.Sessions.UnionWith(_dirty);
            _batch.Sessions.UnionWith(_deferred);
            _calls.Clear();
            _dirty.Clear();
            _deferred.Clear();
            return _batch;
        }
    }

    private void Fill(Batch batch, SqlTransaction transaction, bool mustRenew)
    {
        batch.OnTaken.Clear();
        foreach (var call in batch.Calls) call.Run(transaction);
        foreach (var session in batch.Sessions) session.Write(transaction);
        foreach (var session in _streams.Values.Where(state => state.MayTakeOver).SelectMany(state => state.Waiting))
            if (session.TryTakeOver(transaction) is { } onTaken) batch.OnTaken.Add(onTaken);
        batch.IsRenewal = mustRenew || transaction.HasEntered;
        if (mustRenew && !_processes.Renew(Database, transaction.AskedAt))
            throw new TransportException("Another process has removed this one from the file, since its lease had ended.");
    }

    private void RenewAlone(long askedAt)
    {
        try
        {
            Database.Execute("begin immediate");
            if (!_processes.Renew(Database, askedAt))
            {
                // The next transaction finds that, and ends the connection.
                Database.Rollback();
                return;
            }

            Database.Execute("commit");
        }
        catch (SqliteException error) when (FileErrors.IsLocked(error) || FileErrors.IsRefused(error))
        {
            Database.Rollback();
            return;
        }

        EnsureNotMoved();
        // The next renewal must not count from before this one.
        _askedAt = askedAt;
        NoteRenewal(askedAt);
    }

    private void NoteRenewal(long askedAt)
    {
        _processes.OnRenewed(askedAt);
        Interlocked.Exchange(ref _heldUntil, _processes.HeldUntil);
    }

    private void OnCommitted(Batch batch, long askedAt)
    {
        if (batch.IsRenewal) NoteRenewal(askedAt);
        foreach (var state in _streams.Values) state.MayTakeOver = false;
        foreach (var call in batch.Calls) call.Complete();
        foreach (var session in batch.Sessions) session.OnCommitted();
        foreach (var onTaken in batch.OnTaken) onTaken();
    }

    /// <summary>Ends the connection if the file that is open is not the one at its path any more.</summary>
    private void EnsureNotMoved()
    {
        if (!Database.HasMoved) return;
        lock (_lock)
        {
            // What comes in its place may be a copy in which the same numbers are given again.
            foreach (var user in _users.Keys) user.Memory.Doubt();
        }

        throw FileErrors.Moved(_settings.Path);
    }

    private void RetryLater(SqliteException error, long now, int wait)
    {
        (_retryWait, _retryAt) = (wait, Environment.TickCount64 + wait);
        if (FileErrors.IsRefused(error) || now - _askedAt >= _settings.Timeout.TotalMilliseconds)
            ReportBlocked(FileErrors.Describe(error, _settings.Path).Message);
    }

    private void ReportBlocked(string? reason)
    {
        SqlTransport[] users;
        lock (_lock)
        {
            if ((_blocked is null) == (reason is null)) return;
            _blocked = reason;
            users = [.. _users.Keys];
        }

        foreach (var user in users) user.OnBlocked?.Invoke(reason);
    }

    /// <summary>Takes this process out of the file, so that others need not wait for its lease.</summary>
    private void Depart()
    {
        Database.Execute("begin immediate");
        _processes.Remove(Database);
        Database.Execute("commit");
    }

    /// <summary>What goes into one transaction.</summary>
    private sealed class Batch
    {
        /// <summary>What is to be done.</summary>
        internal List<SqlCall> Calls { get; } = [];

        /// <summary>The sessions that have something to write.</summary>
        internal HashSet<SqlSession> Sessions { get; } = [];

        /// <summary>What is to be done for sessions that take over.</summary>
        internal List<Action> OnTaken { get; } = [];

        /// <summary>Whether the lease is renewed.</summary>
        internal bool IsRenewal { get; set; }
    }
}
