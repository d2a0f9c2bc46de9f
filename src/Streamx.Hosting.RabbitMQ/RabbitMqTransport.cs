using System.Collections.Concurrent;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Carries one stream over RabbitMQ.</summary>
/// <param name="stream">The stream's name.</param>
/// <param name="options">Where the broker is, and how long to wait for it.</param>
/// <param name="clock">The clock.</param>
/// <param name="metrics">Measures it; null for nobody.</param>
internal sealed class RabbitMqTransport(string stream, RabbitMqOptions options, TimeProvider clock, RabbitMqMetrics? metrics = null) : IStreamTransport
{
    /// <summary>Who has had a connection: the next one is another.</summary>
    private readonly ConcurrentDictionary<string, bool> _connected = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the broker has ever been reached.</summary>
    private volatile bool _hasReached;

    private readonly Topology _topology = new(options.Prefix, stream);

    /// <summary>Whether this process waits for the right to put, which another has.</summary>
    private volatile bool _isStandby;

    /// <summary>The highest epoch this process has led under.</summary>
    private long _highestEpoch;

    /// <inheritdoc/>
    public string? Instance => options.InstanceId;

    /// <inheritdoc cref="_isStandby"/>
    public bool IsStandby => _isStandby;

    /// <inheritdoc/>
    public Action? OnStandby { get; set; }

    /// <inheritdoc/>
    public async Task RegisterAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync("registration", cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false)) await RegisterAsync(connection, names).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task RetireAsync(string name, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync("retirement", cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await connection.RunAsync(
                async () =>
                {
                    var channel = await connection.OpenChannelAsync(confirms: true).ConfigureAwait(false);
                    var declarations = new Declarations(connection, _topology);
                    await declarations.DeclareStreamAsync(channel).ConfigureAwait(false);
                    await declarations.DeleteNameAsync(channel, name).ConfigureAwait(false);
                },
                $"Retiring '{name}'").ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<IJoinSession> JoinAsync(string name, CancellationToken cancellationToken)
    {
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
            await RegisterAsync(connection, [.. names.Union(options.Consumers, StringComparer.OrdinalIgnoreCase)]).ConfigureAwait(false);
            return await LeadAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (error is TransportException || (error is OperationCanceledException && cancellationToken.IsCancellationRequested)) throw;
            throw new TransportException($"Stream '{stream}' could not be led: {error.Message}", error);
        }
    }

    private async Task<LeadSession> LeadAsync(BrokerConnection connection, CancellationToken cancellationToken)
    {
        // Values and the lease on one channel: who has lost the lease has lost the channel.
        var channel = await connection.OpenChannelAsync(confirms: true).ConfigureAwait(false);
        var control = await connection.OpenChannelAsync(confirms: false).ConfigureAwait(false);
        var ends = (await control.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true, cancellationToken: connection.Ended).ConfigureAwait(false)).QueueName;
        await control.QueueBindAsync(ends, _topology.Control, Topology.EndKey, cancellationToken: connection.Ended).ConfigureAwait(false);
        var (messages, consumers) = await new Declarations(connection, _topology).LockStateAsync(control).ConfigureAwait(false);
        var lowest = Math.Max(clock.GetUtcNow().ToUnixTimeMilliseconds(), Interlocked.Read(ref _highestEpoch) + 1);
        Lease lease;
        try
        {
            if (consumers > 0) OnStandby?.Invoke();
            // Who only asked whether another has it might be told no by one that is about to: two that start at once.
            lease = await Lease.TakeAsync(connection, channel, _topology.Lock, messages == 0 && consumers == 0, lowest, () => _isStandby = true, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _isStandby = false;
        }

        Interlocked.Exchange(ref _highestEpoch, lease.Token.Epoch);
        var (positions, processes) = (new NamePositions(clock), new NameProcesses(clock));
        var session = new LeadSession(
            connection,
            channel,
            _topology,
            options,
            clock,
            lease,
            new NameRegistry(connection, control, _topology),
            await LeaderInbox.OpenAsync(connection, control, _topology, positions, processes).ConfigureAwait(false),
            positions,
            processes)
        {
            Measure = metrics is null ? null : (time, error) => metrics.OnConfirm(stream, time, error),

            WasClosed = await control.BasicGetAsync(ends, autoAck: true, connection.Ended).ConfigureAwait(false) is not null,
        };
        await session.SyncAsync(JoinForLeaderAsync, cancellationToken).ConfigureAwait(false);
        return session;
    }

    /// <summary>Joins as a name on a connection of its own, which ends with the session. It does so as nobody: the name does not run here.</summary>
    private async Task<IAsyncDisposable> JoinForLeaderAsync(string name)
    {
        var connection = await OpenAsync($"producer asks for {name}", CancellationToken.None).ConfigureAwait(false);
        return await JoinAsync(connection, name, instance: null).ConfigureAwait(false);
    }

    private async Task<JoinSession> JoinAsync(BrokerConnection connection, string name, string? instance)
    {
        try
        {
            return await connection.RunAsync(() => JoinSession.OpenAsync(name, instance, connection, _topology, clock), $"Joining as '{name}'").ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private Task RegisterAsync(BrokerConnection connection, IReadOnlyCollection<string> names) =>
        connection.RunAsync(
            async () =>
            {
                var channel = await connection.OpenChannelAsync(confirms: true).ConfigureAwait(false);
                var declarations = new Declarations(connection, _topology);
                await declarations.DeclareStreamAsync(channel).ConfigureAwait(false);
                foreach (var name in names) await declarations.DeclareNameAsync(channel, name).ConfigureAwait(false);
            },
            $"Registering with stream '{stream}'");

    private void NoteConnected(string role, string? consumer)
    {
        if (!_connected.TryAdd($"{role} {consumer}", true)) metrics?.OnReconnect(stream, role, consumer);
    }

    private async Task<BrokerConnection> OpenAsync(string role, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await BrokerConnection.OpenAsync(options, $"streamx {stream} {role}", clock, cancellationToken).ConfigureAwait(false);
            _hasReached = true;
            return connection;
        }
        catch (TransportException error) when (options.FailFast && !_hasReached)
        {
            throw new TransportException(error.Message, error) { IsFinal = true };
        }
    }
}
