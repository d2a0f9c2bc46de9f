using System.Diagnostics.CodeAnalysis;

namespace Streamx.Hosting.Sql.Storage;

/// <summary>A store that this process has open: one connection, and one thread that alone uses it.</summary>
/// <remarks>
/// <para>What is to be written waits in memory; the thread writes all that waits in one transaction, and reports it once that is committed.
/// It looks at the store when another process has changed it, and gives consumers what they have not been given.</para>
/// <para>An error after which the connection may not be relied on ends it, and all sessions with it: they are opened again on another
/// connection. Safe from any thread, where nothing else is said.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Other threads may set the event after the last use. Its finalizer closes it.")]
internal sealed partial class SqlStore
{
    private readonly StoreSettings _settings;
    private readonly TimeProvider _clock;
    private readonly Action<SqlStore> _onOver;
    private readonly SqlProcesses _processes;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Guards what other threads and the store's thread share.</summary>
    private readonly Lock _lock = new();

    /// <summary>The streams that this process takes part in. For the store's thread.</summary>
    private readonly Dictionary<long, LocalStream> _streams = [];

    /// <summary>The calls that wait. Guarded by the lock.</summary>
    private readonly List<SqlCall> _calls = [];

    /// <summary>The sessions that have something to write. Guarded by the lock.</summary>
    private readonly HashSet<SqlSession> _dirty = [];

    /// <summary>How often each stream of this process uses the store. Guarded by the lock.</summary>
    private readonly Dictionary<SqlTransport, int> _users = [];

    /// <summary>Why the store takes nothing for now; null while it does. Guarded by the lock.</summary>
    private string? _blocked;

    /// <summary>Why the connection is over; null while it is not. Guarded by the lock.</summary>
    private TransportException? _failure;

    /// <summary>Whether the store is to be closed. Guarded by the lock.</summary>
    private bool _isClosing;

    /// <summary>Until when no other process can take anything over, in milliseconds of the clock.</summary>
    private long _heldUntil;

    /// <summary>1 when time has passed.</summary>
    private int _isTick = 1;

    /// <summary>Opens a store.</summary>
    /// <param name="settings">The store.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="former">Ids that this process had in the store, on connections that broke.</param>
    /// <param name="user">The stream that uses it, until it releases it.</param>
    /// <param name="onOver">Called once when the connection is over.</param>
    internal SqlStore(StoreSettings settings, TimeProvider clock, long[] former, SqlTransport user, Action<SqlStore> onOver)
    {
        _users[user] = 1;
        (_settings, _clock, _onOver) = (settings, clock, onOver);
        _processes = new SqlProcesses(settings.Lease);
        _processes.Replace(former);
        new Thread(Run) { IsBackground = true, Name = ThreadName }.Start();
    }

    /// <summary>Ends when the store can be used; faults if it cannot.</summary>
    internal Task WhenOpened => _opened.Task;

    /// <summary>Ends when the connection is closed. It does not fault.</summary>
    internal Task WhenClosed => _closed.Task;

    /// <summary>How the store is used.</summary>
    internal StoreSettings Settings => _settings;

    /// <summary>This process's id in the store, on this connection.</summary>
    internal long ProcessId => _processes.Id;

    /// <summary>Whether nothing can have been taken over from this process.</summary>
    internal bool IsWithinLease => Now < Interlocked.Read(ref _heldUntil);

    /// <summary>A stream uses the store from now on.</summary>
    /// <returns>False if the store is over.</returns>
    internal bool TryUse(SqlTransport transport)
    {
        string? blocked;
        lock (_lock)
        {
            if (_failure is not null || _isClosing) return false;
            _users[transport] = _users.GetValueOrDefault(transport) + 1;
            blocked = _blocked;
        }

        if (blocked is not null) transport.OnBlocked?.Invoke(blocked);
        return true;
    }

    /// <summary>A stream no longer uses the store, which is closed after the last.</summary>
    internal void Release(SqlTransport transport)
    {
        lock (_lock)
        {
            if (--_users[transport] == 0) _users.Remove(transport);
            if (_users.Count > 0) return;
            _isClosing = true;
        }

        Wake();
    }

    /// <summary>
    /// Closes it once what waits is written, even while sessions use it. Waits for that, as long as the store may be locked without a
    /// report.
    /// </summary>
    internal async Task CloseAsync()
    {
        lock (_lock) _isClosing = true;
        Wake();
        await WhenClosed.WaitAsync(_settings.Timeout, _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Has something done in a transaction.</summary>
    /// <param name="run">Does it.</param>
    /// <param name="onCommitted">Called on the store's thread once it is committed.</param>
    /// <param name="result">What the caller gets.</param>
    /// <param name="cancellationToken">Gives up waiting: it may be done nevertheless.</param>
    /// <exception cref="TransportException">It is not known whether it was done, or it was refused.</exception>
    internal async Task<TResult> CallAsync<T, TResult>(
        Func<SqlTransaction, T> run, Action<T>? onCommitted, Func<T, TResult> result, CancellationToken cancellationToken)
    {
        var call = new SqlCall<T>(run, onCommitted);
        Add(call, _calls.Add);
        return result(await call.Task.WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A session has something to write.</summary>
    internal void MarkDirty(SqlSession session)
    {
        lock (_lock)
        {
            if (!_dirty.Add(session)) return;
        }

        Wake();
    }

    /// <summary>The thread is to look what there is to do.</summary>
    internal void Wake() => _wake.Set();

    /// <summary>A session leaves. Waits for that, as long as the store may be locked without a report.</summary>
    /// <param name="session">The session, which is over.</param>
    /// <param name="leave">Writes that it has left.</param>
    internal async Task LeaveAsync(SqlSession session, Action<Database> leave)
    {
        try
        {
            await LeaveNowAsync(session, leave).WaitAsync(_settings.Timeout, _clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It leaves once the store is no longer locked.
        }
    }

    /// <summary>The state of a stream. For the store's thread.</summary>
    internal LocalStream StateOf(StreamRow row)
    {
        if (!_streams.TryGetValue(row.Id, out var state)) _streams[row.Id] = state = new LocalStream(row.Id);
        state.Note(row);
        state.IsStale = true;
        return state;
    }

    /// <summary>A stream has changed. For the store's thread.</summary>
    internal void MarkStale(long stream)
    {
        if (_streams.TryGetValue(stream, out var state)) state.IsStale = true;
    }

    /// <summary>Leaves something for the store's thread.</summary>
    /// <exception cref="TransportException">The store is over.</exception>
    private void Add(SqlCall call, Action<SqlCall> addLocked)
    {
        lock (_lock)
        {
            if (_failure is { } failure) throw new TransportException(failure.Message, failure);
            addLocked(call);
        }

        Wake();
    }

    private async Task LeaveNowAsync(SqlSession session, Action<Database> leave)
    {
        // One that gave up may get in line yet.
        await session.Entering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (session.Entering.IsCompletedSuccessfully)
        {
            var leaving = CallAsync(
                transaction =>
                {
                    leave(transaction.Database);
                    return 0;
                },
                _ => Remove(session),
                result => result,
                CancellationToken.None);
            await ((Task)leaving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Release(session.Transport);
    }

    private void Remove(SqlSession session)
    {
        if (session.State is not { } state) return;
        state.Remove(session);
        state.IsStale = true;
        if (state.IsEmpty) _streams.Remove(state.Id);
    }
}
