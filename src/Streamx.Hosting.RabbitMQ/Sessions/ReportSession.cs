using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// A process's part in the reports of a stream's processes: a queue of its own, bound to reports once the process has asked.
/// </summary>
internal sealed class ReportSession : IReportSession
{
    /// <summary>How long the broker keeps a message that a process does not take, in milliseconds; and how many.</summary>
    private const int KeptFor = 5_000, MostKept = 1_000;

    /// <summary>How often the exchange and the bindings are declared again, should an operator have deleted them.</summary>
    private static readonly TimeSpan s_restore = TimeSpan.FromSeconds(30);

    private readonly BrokerConnection _connection;
    private readonly IChannel _channel;
    private readonly Topology _topology;
    private readonly Action _onAsked;
    private readonly Action<ReadOnlyMemory<byte>> _onReport;
    private readonly Action<string> _onAmiss;
    private readonly TimeProvider _clock;

    /// <summary>Tells this session's messages from those of others.</summary>
    private readonly string _id = Guid.NewGuid().ToString("N");

    /// <summary>Whether its queue is bound to reports.</summary>
    private volatile bool _hasAsked;

    /// <summary>Ends with the connection.</summary>
    private Task _restoring = Task.CompletedTask;

    private ReportSession(
        BrokerConnection connection,
        IChannel channel,
        Topology topology,
        TimeProvider clock,
        Action onAsked,
        Action<ReadOnlyMemory<byte>> onReport,
        Action<string> onAmiss)
    {
        _clock = clock;
        _connection = connection;
        _channel = channel;
        _topology = topology;
        _onAsked = onAsked;
        _onReport = onReport;
        _onAmiss = onAmiss;
    }

    /// <inheritdoc/>
    public Task<Exception> WhenLost => _connection.WhenLost;

    private string Queue => $"{_topology.Reports}.{_id}";

    /// <summary>Opens a session, on a connection of its own, whose loss costs no worker its session.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="options">The broker's address.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="onAsked">Called when another process asks.</param>
    /// <param name="onReport">Called with the report of another process.</param>
    /// <param name="onAmiss">Called with a message that is neither.</param>
    /// <param name="cancellationToken">Gives up connecting.</param>
    /// <exception cref="NotSupportedException">The processes declare nothing.</exception>
    internal static async Task<IReportSession> OpenAsync(
        string stream,
        RabbitMqOptions options,
        TimeProvider clock,
        Action onAsked,
        Action<ReadOnlyMemory<byte>> onReport,
        Action<string> onAmiss,
        CancellationToken cancellationToken)
    {
        if (!options.DeclareTopology)
        {
            throw new NotSupportedException(
                "Streamx.Hosting.RabbitMQ cannot carry reports between processes where DeclareTopology is false: "
                + "each process needs a queue of its own.");
        }

        // That the broker blocks this connection holds up no value.
        var connection = await BrokerConnector.OpenAsync(
            options, $"streamx {stream} reports", clock, onBlocked: null, cancellationToken).ConfigureAwait(false);
        try
        {
            var topology = new Topology(options.Prefix, stream);
            return await connection.RunAsync(
                () => OpenAsync(connection, topology, clock, onAsked, onReport, onAmiss),
                $"Opening the reports of stream '{stream}'").ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<IReportSession> OpenAsync(
        BrokerConnection connection,
        Topology topology,
        TimeProvider clock,
        Action onAsked,
        Action<ReadOnlyMemory<byte>> onReport,
        Action<string> onAmiss)
    {
        var channel = await connection.OpenChannelAsync(confirms: false).ConfigureAwait(false);
        var session = new ReportSession(connection, channel, topology, clock, onAsked, onReport, onAmiss);
        Dictionary<string, object?> arguments = new() { ["x-message-ttl"] = KeptFor, ["x-max-length"] = MostKept };
        await channel.QueueDeclareAsync(
            session.Queue,
            durable: false,
            exclusive: true,
            autoDelete: true,
            arguments,
            cancellationToken: connection.Ended).ConfigureAwait(false);
        await session.DeclareAsync().ConfigureAwait(false);
        await channel.BasicConsumeAsync(
            session.Queue,
            autoAck: true,
            consumerTag: "",
            noLocal: false,
            exclusive: true,
            arguments: null,
            new DeliveryHandler(connection, channel, session.OnMessageAsync),
            connection.Ended).ConfigureAwait(false);
        session._restoring = session.RestoreAsync();
        return session;
    }

    /// <inheritdoc/>
    public Task AskAsync(CancellationToken cancellationToken) => _connection.RunAsync(
        async () =>
        {
            if (!_hasAsked)
            {
                _hasAsked = true;
                await BindAsync(MessageTypes.Report).ConfigureAwait(false);
            }

            await PublishAsync(MessageTypes.Ask, default).ConfigureAwait(false);
        },
        "Asking for reports").WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task ReportAsync(ReadOnlyMemory<byte> report, CancellationToken cancellationToken) =>
        _connection.RunAsync(() => PublishAsync(MessageTypes.Report, report), "Reporting").WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _restoring.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Declares the exchange, and binds the queue to it.</summary>
    private async Task DeclareAsync()
    {
        await _channel.ExchangeDeclareAsync(
            _topology.Reports, ExchangeType.Direct, durable: true, cancellationToken: _connection.Ended).ConfigureAwait(false);
        await BindAsync(MessageTypes.Ask).ConfigureAwait(false);
        if (_hasAsked) await BindAsync(MessageTypes.Report).ConfigureAwait(false);
    }

    /// <summary>Declares them again and again. A process that is only asked would not notice that its binding is gone.</summary>
    private async Task RestoreAsync()
    {
        while (true)
        {
            await Task.Delay(s_restore, _clock, _connection.Ended).ConfigureAwait(false);
            await _connection.RunAsync(DeclareAsync, "Declaring the exchange of reports").ConfigureAwait(false);
        }
    }

    private Task BindAsync(string key) => _channel.QueueBindAsync(Queue, _topology.Reports, key, cancellationToken: _connection.Ended);

    /// <summary>Publishes a message that the broker does not store, and drops where no process wants it.</summary>
    private Task PublishAsync(string kind, ReadOnlyMemory<byte> body)
    {
        var properties = new BasicProperties { Type = kind, AppId = _id, ContentType = "application/json" };
        return _channel.BasicPublishAsync(_topology.Reports, kind, mandatory: false, properties, body, _connection.Ended).AsTask();
    }

    private Task OnMessageAsync(IncomingMessage incoming)
    {
        if (incoming.Properties.AppId == _id) return Task.CompletedTask;
        switch (incoming.Properties.Type)
        {
            case MessageTypes.Ask:
                _onAsked();
                break;
            case MessageTypes.Report:
                _onReport(incoming.Body);
                break;
            default:
                _onAmiss(ForeignMessage.Describe(_topology.Reports, incoming.Properties, incoming.Body.Length));
                break;
        }

        return Task.CompletedTask;
    }
}
