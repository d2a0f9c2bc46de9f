using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Carries one stream over RabbitMQ.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no handle: its wait handle is never asked for.")]
internal sealed partial class RabbitMqTransport : IStreamTransport
{
    private readonly string _stream;
    private readonly RabbitMqOptions _options;
    private readonly TimeProvider _clock;
    private readonly RabbitMqMetrics? _metrics;
    private readonly Topology _topology;
    private readonly StreamMemory _memory;
    private readonly BlockedConnections _blocked;

    /// <summary>The roles and consumers that have had a connection: their next one is a reconnect.</summary>
    private readonly ConcurrentDictionary<string, bool> _connected = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Held while this process declares and registers.</summary>
    private readonly SemaphoreSlim _registering = new(1);

    /// <summary>Whether this process has ever reached the broker.</summary>
    private volatile bool _hasReached;

    /// <summary>Whether this process waits for the right to put, which another process has.</summary>
    private volatile bool _isStandby;

    /// <summary>Carries one stream.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="options">The broker's address, and how long to wait for it.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="metrics">The metrics; null to measure nothing.</param>
    internal RabbitMqTransport(string stream, RabbitMqOptions options, TimeProvider clock, RabbitMqMetrics? metrics = null)
    {
        (_stream, _options, _clock, _metrics) = (stream, options, clock, metrics);
        _topology = new Topology(options.Prefix, stream);
        _blocked = new BlockedConnections(reason => OnBlocked?.Invoke(reason), change => metrics?.OnBlocked(stream, change));
        _memory = new StreamMemory(() =>
        {
            metrics?.OnForgotten(stream);
            OnForgotten?.Invoke();
        });
    }

    /// <summary>What this process remembers of the stream.</summary>
    internal StreamMemory Memory => _memory;

    /// <inheritdoc cref="LeaderOpening.Listening"/>
    internal TimeSpan Listening { get; init; } = CombinedReaders.Listening;

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

    /// <inheritdoc/>
    public async Task<IJoinSession> JoinAsync(string name, CancellationToken cancellationToken)
    {
        if (_topology.ProblemOf(name) is { } problem) throw new TransportException(problem) { IsFinal = true };
        var connection = await OpenAsync($"consumer {name}", cancellationToken).ConfigureAwait(false);
        NoteConnected("consumer", name);
        try
        {
            await RegisterAsync(connection, [name]).ConfigureAwait(false);
            return await JoinAsync(connection, name, Instance).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<ILeadSession> LeadAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync("producer", cancellationToken).ConfigureAwait(false);
        NoteConnected("producer", consumer: null);
        try
        {
            await RegisterAsync(connection, [.. names.Union(_options.Consumers, StringComparer.OrdinalIgnoreCase)]).ConfigureAwait(false);
            return await new LeaderOpening(connection, _stream, _topology, _options, _clock, _memory, _metrics, ReportAmiss)
            {
                OnAnotherLeads = OnStandby,
                SetStandby = isStandby => _isStandby = isStandby,
                Register = names => RegisterAsync(connection, names),
                JoinAs = JoinForLeaderAsync,
                Listening = Listening,
            }.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // The error that ended the connection says more than the cancellation of a step on it.
            var cause = connection.WhenLost.IsCompleted ? await connection.WhenLost.ConfigureAwait(false) : error;
            await connection.DisposeAsync().ConfigureAwait(false);
            if (cause is TransportException known && error is not TransportException && !cancellationToken.IsCancellationRequested)
                throw new TransportException($"Stream '{_stream}' could not be led: {known.Message}", known);
            if (error is TransportException || (error is OperationCanceledException && cancellationToken.IsCancellationRequested)) throw;
            throw new TransportException($"Stream '{_stream}' could not be led: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public Task<IReportSession> OpenReportsAsync(
        Action onAsked, Action<ReadOnlyMemory<byte>> onReport, CancellationToken cancellationToken) =>
        ReportSession.OpenAsync(_stream, _options, _clock, onAsked, onReport, ReportAmiss, cancellationToken);

    /// <summary>
    /// Joins as a consumer on a connection of its own, which ends with the session. Joins without an instance id, since the consumer does
    /// not run here.
    /// </summary>
    private async Task<IAsyncDisposable> JoinForLeaderAsync(string name)
    {
        var connection = await OpenAsync($"producer asks for {name}", CancellationToken.None).ConfigureAwait(false);
        return await JoinAsync(connection, name, instance: null).ConfigureAwait(false);
    }

    private async Task<JoinSession> JoinAsync(BrokerConnection connection, string name, string? instance)
    {
        try
        {
            return await connection.RunAsync(
                () => JoinSession.OpenAsync(
                    name, instance, connection, _topology, _memory, Watch(name), _clock, ReportAmiss,
                    hears: instance is not null && _options.DeclareTopology),
                $"Joining as '{name}'").ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Notices, before the broker does, that a value is held for too long.</summary>
    private HoldTimeLimit Watch(string name)
    {
        var margin = TimeSpan.FromTicks(Math.Min(_options.ConsumerTimeout.Ticks / 10, TimeSpan.TicksPerMinute));
        return new HoldTimeLimit(_options.ConsumerTimeout - margin, _clock, held => new TransportException(
            $"A value of '{name}' has not been finished {held.TotalSeconds:0.#} s after it was delivered. "
            + $"ConsumerTimeout is {_options.ConsumerTimeout}, after which the broker gives it to another process."));
    }

    private void ReportAmiss(string what) => OnAmiss?.Invoke(what);

    private void NoteConnected(string role, string? consumer)
    {
        if (!_connected.TryAdd($"{role} {consumer}", true)) _metrics?.OnReconnect(_stream, role, consumer);
    }

    private async Task<BrokerConnection> OpenAsync(string role, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await BrokerConnector.OpenAsync(
                _options, $"streamx {_stream} {role}", _clock, _blocked.Set, cancellationToken).ConfigureAwait(false);
            _hasReached = true;
            return connection;
        }
        catch (TransportException error) when (_options.FailFast && !_hasReached)
        {
            throw new TransportException(error.Message, error) { IsFinal = true };
        }
    }
}
