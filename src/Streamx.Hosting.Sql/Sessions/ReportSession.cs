using System.Security.Cryptography;

namespace Streamx.Hosting.Sql.Sessions;

/// <summary>A process's part in the reports of a stream: rows that the others read as they look at the store.</summary>
/// <param name="transport">The stream, as this process takes part in it.</param>
/// <param name="store">The store. The session ends with it.</param>
/// <param name="onAsked">Called for a question of another session.</param>
/// <param name="onReport">Called for a report of another session, once this one has asked.</param>
internal sealed class ReportSession(
    SqlTransport transport, SqlStore store, Action onAsked, Action<ReadOnlyMemory<byte>> onReport) : IReportSession
{
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _id = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue;
    private readonly string _stream = StreamRow.KeyOf(transport.Stream);

    /// <summary>Whether reports are for this session.</summary>
    private volatile bool _hasAsked;

    /// <summary>The newest row that there was when it was opened, or that it has been given. For the store's thread.</summary>
    private long _last;

    /// <summary>Whether it may have left something in the store.</summary>
    private volatile bool _mayHaveLeft;

    private int _isDisposed;

    /// <inheritdoc/>
    public Task<Exception> WhenLost => _lost.Task;

    /// <inheritdoc/>
    public Task AskAsync(CancellationToken cancellationToken)
    {
        _hasAsked = true;
        return AddAsync(body: null, cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReportAsync(ReadOnlyMemory<byte> report, CancellationToken cancellationToken) =>
        AddAsync(report.ToArray(), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>What it has left in the store goes with the next transaction, for which this does not wait.</remarks>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return default;
        Lose(new TransportException("The session has been given up."));
        _ = LeaveAsync();
        return default;
    }

    /// <summary>Opens it: what is left from now on is for it.</summary>
    internal Task OpenAsync(CancellationToken cancellationToken) => store.ReadAsync(
        database =>
        {
            _last = ReportRows.FindLast(database);
            if (!_lost.Task.IsCompleted) store.Add(this);
            return 0;
        },
        cancellationToken);

    /// <summary>The session is over.</summary>
    internal void Lose(TransportException why) => _lost.TrySetResult(why);

    /// <summary>Gives it what was left for it. For the store's thread.</summary>
    internal void Take(ReportRows.Row row)
    {
        if (row.Id <= _last || row.Stream != _stream || row.Session == _id || _lost.Task.IsCompleted) return;
        _last = row.Id;
        if (row.Body is null) onAsked();
        else if (_hasAsked) onReport(row.Body);
    }

    private async Task AddAsync(byte[]? body, CancellationToken cancellationToken)
    {
        if (_lost.Task.IsCompleted) throw Refusal(await _lost.Task.ConfigureAwait(false));
        _mayHaveLeft = true;
        await store.CallAsync(
            transaction =>
            {
                ReportRows.Add(transaction, transport.Stream, _id, body);
                return transaction.AskedAt;
            },
            store.OnReportLeft,
            _ => 0,
            cancellationToken).ConfigureAwait(false);

        static TransportException Refusal(Exception why) => new(ErrorText.Of(why), why);
    }

    /// <summary>Leaves the store. It does not fault.</summary>
    private async Task LeaveAsync()
    {
        await ((Task)RemoveAsync()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        store.Release(transport);
    }

    private Task<int> RemoveAsync()
    {
        // Without a lock of the store, which another program may have.
        if (!_mayHaveLeft) return store.ReadAsync(_ => Remove(), CancellationToken.None);
        return store.CallAsync(
            transaction =>
            {
                ReportRows.Remove(transaction.Database, _id);
                return 0;
            },
            _ => Remove(),
            _ => 0,
            CancellationToken.None);
    }

    private int Remove()
    {
        store.Remove(this);
        return 0;
    }
}
