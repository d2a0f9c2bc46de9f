using System.Data.Common;

namespace Streamx.Hosting.Sql;

/// <summary>Carries one stream in a store.</summary>
internal sealed class SqlTransport : IStreamTransport
{
    private readonly SqlStores _stores;
    private readonly StoreSettings _settings;
    private readonly TransportOptions _options;

    /// <summary>Whether this process has ever used the store.</summary>
    private volatile bool _hasReached;

    /// <summary>Whether this process waits for the lead.</summary>
    private volatile bool _isStandby;

    /// <summary>Carries one stream.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="stores">The stores of the container.</param>
    /// <param name="settings">The store.</param>
    /// <param name="options">The options.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="metrics">The metrics; null to measure nothing.</param>
    internal SqlTransport(
        string stream, SqlStores stores, StoreSettings settings, TransportOptions options, TimeProvider clock,
        SqlMetrics? metrics = null) =>
        (Stream, _stores, _settings, _options, Clock, Metrics) = (stream, stores, settings, options, clock, metrics);

    /// <inheritdoc/>
    public string? Instance => _options.InstanceId;

    /// <inheritdoc cref="_isStandby"/>
    public bool IsStandby => _isStandby;

    /// <inheritdoc/>
    public Action? OnStandby { get; set; }

    /// <inheritdoc/>
    public Action? OnForgotten { get; set; }

    /// <inheritdoc/>
    public Action<string>? OnAmiss { get; set; }

    /// <inheritdoc/>
    public Action<string?>? OnBlocked { get; set; }

    /// <summary>The stream's name.</summary>
    internal string Stream { get; }

    /// <summary>The clock.</summary>
    internal TimeProvider Clock { get; }

    /// <summary>The metrics; null to measure nothing.</summary>
    internal SqlMetrics? Metrics { get; }

    /// <summary>What this process remembers of the stream.</summary>
    internal StreamMemory Memory { get; } = new();

    /// <summary>How many milliseconds values are kept from when this process leads; null for as before.</summary>
    internal long? Retention { get; init; }

    /// <summary>The time, in milliseconds since 1970. Only the age of values is measured by it.</summary>
    internal long WallNow => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public bool IsBlockedBy(DbTransaction transaction) => UserTransaction.Blocks(transaction, _settings);

    /// <inheritdoc/>
    public Task RegisterAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        RegisterAsync(names, StartFrom.Now, cancellationToken);

    /// <inheritdoc/>
    public Task RegisterAsync(IReadOnlyCollection<string> names, StartFrom from, CancellationToken cancellationToken)
    {
        Memory.Note(names);
        return DoAsync((database, row) => ConsumerRows.Register(database, row, names, from, WallNow), cancellationToken);
    }

    /// <inheritdoc/>
    public Task RetainAsync(TimeSpan retention, CancellationToken cancellationToken) => DoAsync(
        (database, row) => database.Execute(
            "update streamx_streams set retention = ? where id = ?", (long)retention.TotalMilliseconds, row.Id),
        cancellationToken);

    /// <inheritdoc/>
    public async Task RetireAsync(string name, CancellationToken cancellationToken)
    {
        await DoAsync((database, row) => ConsumerRows.Retire(database, row.Id, name), cancellationToken).ConfigureAwait(false);
        Memory.Forget([name]);
    }

    /// <inheritdoc/>
    public async Task<ILeadSession> LeadAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var session = new LeadSession(this, store);
        try
        {
            Memory.Note(names);
            await session.EnterAsync([.. names, .. _options.Consumers], cancellationToken).ConfigureAwait(false);
            if (!session.WhenGranted.IsCompleted)
            {
                _isStandby = true;
                OnStandby?.Invoke();
            }

            await Task.WhenAny(session.WhenGranted, session.WhenLost).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (session.WhenGranted.IsCompleted) return session;
            throw Described(await session.WhenLost.ConfigureAwait(false));
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _isStandby = false;
        }
    }

    /// <inheritdoc/>
    public Task<IJoinSession> JoinAsync(string name, CancellationToken cancellationToken) =>
        JoinAtAsync(name, position: null, cancellationToken);

    /// <inheritdoc/>
    public Task<IJoinSession> JoinAsync(string name, long position, CancellationToken cancellationToken) =>
        JoinAtAsync(name, position, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReportSession> OpenReportsAsync(
        Action onAsked, Action<ReadOnlyMemory<byte>> onReport, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var session = new ReportSession(this, store, onAsked, onReport);
        try
        {
            await session.OpenAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IJoinSession> JoinAtAsync(string name, long? position, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var session = new JoinSession(this, store, name);
        try
        {
            Memory.Note([name]);
            await session.EnterAsync(position, cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Changes what is known of the stream.</summary>
    private async Task DoAsync(Action<Database, StreamRow> act, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await store.CallAsync(
                transaction =>
                {
                    var row = StreamEntry.Ensure(transaction.Database, this);
                    act(transaction.Database, row);
                    return row;
                },
                row => StreamEntry.Meet(this, store, row),
                _ => 0,
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            store.Release(this);
        }
    }

    private async Task<SqlStore> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            var store = await _stores.OpenAsync(_settings, this, cancellationToken).ConfigureAwait(false);
            _hasReached = true;
            return store;
        }
        catch (TransportException error)
        {
            var isFinal = error.IsFinal || (_options.FailFast && !_hasReached);
            throw new TransportException(Described(error).Message, error) { IsFinal = isFinal };
        }
    }

    /// <summary>Says which setting an error of the store is about.</summary>
    private TransportException Described(Exception error) =>
        new($"{StoreSettings.NameOf(Stream)}: {ErrorText.Of(error)}", error);
}
