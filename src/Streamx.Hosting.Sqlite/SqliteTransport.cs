using System.Data.Common;

namespace Streamx.Hosting.Sqlite;

/// <summary>Carries one stream in a file.</summary>
internal sealed class SqliteTransport : IStreamTransport
{
    private readonly StreamFiles _files;
    private readonly FileSettings _settings;
    private readonly SqliteStreamOptions _options;

    /// <summary>Whether this process has ever used the file.</summary>
    private volatile bool _hasReached;

    /// <summary>Whether this process waits for the lead.</summary>
    private volatile bool _isStandby;

    /// <summary>Carries one stream.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="files">The files of the container.</param>
    /// <param name="settings">The file.</param>
    /// <param name="options">The options.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="metrics">The metrics; null to measure nothing.</param>
    internal SqliteTransport(
        string stream, StreamFiles files, FileSettings settings, SqliteStreamOptions options, TimeProvider clock,
        SqlMetrics? metrics = null) =>
        (Stream, _files, _settings, _options, Clock, Metrics) = (stream, files, settings, options, clock, metrics);

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
    /// <remarks>A file has one writer.</remarks>
    public bool IsBlockedBy(DbTransaction transaction) =>
        UserTransaction.FindConnection(transaction) is { } connection && UserTransaction.IsOf(connection, _settings.Path);

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
        var file = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var session = new LeadSession(this, file);
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
        var file = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var session = new ReportSession(this, file, onAsked, onReport);
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
        var file = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var session = new JoinSession(this, file, name);
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
        var file = await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await file.CallAsync(
                transaction =>
                {
                    var row = StreamEntry.Ensure(transaction.Database, this);
                    act(transaction.Database, row);
                    return row;
                },
                row => StreamEntry.Meet(this, file, row),
                _ => 0,
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            file.Release(this);
        }
    }

    private async Task<StreamFile> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            var file = await _files.OpenAsync(_settings, this, cancellationToken).ConfigureAwait(false);
            _hasReached = true;
            return file;
        }
        catch (TransportException error)
        {
            var isFinal = error.IsFinal || (_options.FailFast && !_hasReached);
            throw new TransportException(Described(error).Message, error) { IsFinal = isFinal };
        }
    }

    /// <summary>Says which setting an error of the file is about.</summary>
    private TransportException Described(Exception error) =>
        new($"{SqliteOptionsValidator.PathOf(Stream, nameof(SqliteStreamOptions.Path))}: {ErrorText.Of(error)}", error);
}
