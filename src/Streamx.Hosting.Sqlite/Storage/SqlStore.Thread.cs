using Microsoft.Data.Sqlite;

namespace Streamx.Hosting.Sql.Storage;

/// <content>The file's thread: what it does, and when.</content>
internal sealed partial class SqlStore
{
    /// <summary>The longest wait between two looks whether another process has changed the file.</summary>
    private const int LongestLook = 100;

    /// <summary>
    /// The wait is this part of the time since the last change: the file is looked at often while values flow, and rarely when idle.
    /// </summary>
    private const int LookPart = 10;

    private const string ThreadName = "Streamx.Sqlite";

    private Database? _open;

    /// <summary>What <see cref="Database.DataVersion"/> was at the last look.</summary>
    private long _dataVersion;

    /// <summary>When the file was last changed by any process, in milliseconds of the system's clock.</summary>
    private long _changedAt;

    private Database Database => _open!;

    /// <summary>The machine's monotonic clock, which all processes of the machine share.</summary>
    private long Now => (long)_clock.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Asks the file for a row, on a connection of its own, while the file's thread may be waiting for a lock.</summary>
    /// <returns>Whether there is one. False as well if the file cannot be read.</returns>
    internal bool Ask(string sql, params ReadOnlySpan<SqlValue> values)
    {
        try
        {
            using var database = Database.Open(_settings.Path, SqliteOpenMode.ReadWrite);
            return database.Number(sql, values) is not null;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    /// <summary>Reads what has changed of a stream. For the file's thread.</summary>
    internal void Refresh(LocalStream state) => state.Refresh(new SqlTransaction(Database, _processes, Now, _unlockedSince), _processes);

    private void Run()
    {
        try
        {
            Open();
            _opened.TrySetResult();
            using var ticks = _clock.CreateTimer(
                static file => ((SqlStore)file!).Tick(), this, TickPeriod, TickPeriod);
            while (Step())
            {
            }
        }
        catch (SqliteException error)
        {
            End(FileErrors.Describe(error, _settings.Path));
        }
        catch (TransportException error)
        {
            End(error);
        }
        catch (Exception error)
        {
            End(new TransportException($"the file '{_settings.Path}' cannot be used: {error.Message}", error));
        }

        Close();
    }

    private TimeSpan TickPeriod => TimeSpan.FromMilliseconds(Math.Min(500, _settings.Lease.TotalMilliseconds / 6));

    private void Tick()
    {
        Interlocked.Exchange(ref _isTick, 1);
        Wake();
    }

    /// <summary>Opens the file. Another program may have it locked for a moment, as when it makes the tables.</summary>
    private void Open()
    {
        var since = Now;
        while (true)
        {
            try
            {
                _open = Database.Open(_settings.Path, _settings.CreateSchema ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite);
                if (Schema.Prepare(_open, _settings) is { } problem) throw problem;
                _dataVersion = _open.DataVersion;
                _open.NoteIdentity();
                return;
            }
            catch (SqliteException error)
                when (FileErrors.IsLocked(error) && Now - since < _settings.Timeout.TotalMilliseconds && !IsClosing)
            {
                _open?.Dispose();
                _open = null;
                _wake.WaitOne(10);
            }
        }
    }

    private bool IsClosing
    {
        get
        {
            lock (_lock) return _isClosing;
        }
    }

    /// <summary>Looks, writes and gives once, and waits until there may be something to do.</summary>
    /// <returns>False once the file is to be closed, and nothing is left to write.</returns>
    private bool Step()
    {
        var version = Database.DataVersion;
        var isChanged = version != _dataVersion;
        var isTick = Interlocked.Exchange(ref _isTick, 0) != 0;
        _dataVersion = version;
        if (isTick) _processes.AskAgain();
        if (((isChanged | isTick) && _processes.Look(Database, Now)) || isChanged)
        {
            foreach (var state in _streams.Values) state.IsStale = true;
        }

        if (isTick)
        {
            // A process that only reads would never notice.
            EnsureNotMoved();
            RemoveOldReports();
            foreach (var state in _streams.Values)
            {
                state.Leader?.OnTick();
                state.IsStale |= state.HasWaiting;
            }
        }

        foreach (var state in _streams.Values.ToArray())
            if (state.IsStale) Refresh(state);
        // Another process or a handler has just committed, so the file is probably not locked now.
        if (isChanged) _retryAt = Environment.TickCount64;
        var hasWritten = TryWrite();
        // After the write: a handler that waits for an answer has no transaction open, so that the write does not get in the way of its
        // next.
        AnswerReads();
        GiveReports(isChanged);
        var isHungry = Feed();
        if (IsClosing && !HasWork) return false;
        if (isChanged || hasWritten) _changedAt = Environment.TickCount64;
        if (hasWritten || isHungry) return true;
        var look = (int)Math.Clamp((Environment.TickCount64 - _changedAt) / LookPart, 1, LongestLook);
        _wake.WaitOne(Math.Min(look, Math.Min(WaitBeforeRetry, WaitForDeferred)));
        return true;
    }

    private void Close()
    {
        // With a container that ends, sessions and calls of it may be left.
        var isSound = End(new TransportException($"the file '{_settings.Path}' has been closed"));
        try
        {
            if (isSound && _processes.IsPresent) Depart();
        }
        catch (SqliteException)
        {
            // Another program has the file locked: its sessions have left, and the rest is removed later.
        }

        _open?.Dispose();
        _ = _opened.Task.Exception;
        _onOver(this);
        _closed.TrySetResult();
    }
}
