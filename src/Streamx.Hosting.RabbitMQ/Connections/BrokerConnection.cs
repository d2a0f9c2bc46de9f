using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A connection that ends with the first error on it.</summary>
/// <remarks>
/// The client's own recovery is off: it would restore consumers and channels without regard to leadership and epochs. A step that
/// failed or timed out leaves its channel in an unknown state, so it must end the connection: a consumer left behind on it would
/// hold up the stream for every consumer.
/// </remarks>
internal sealed class BrokerConnection : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly TimeSpan _timeout;
    private readonly Action<BrokerConnection, string?>? _onBlocked;
    private readonly PauseDetector _absence;
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();

    /// <summary>The error that ended it; null while it lasts.</summary>
    private Exception? _cause;

    /// <summary>Ends when the connection has been closed.</summary>
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Guards <see cref="_unblocked"/> and <see cref="_blockedReason"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>Ends when the broker takes messages again; null while it does.</summary>
    private TaskCompletionSource? _unblocked;

    /// <summary>Why the broker takes no messages; null while it does.</summary>
    private string? _blockedReason;

    private BrokerConnection(IConnection connection, RabbitMqOptions options, TimeProvider clock, Action<BrokerConnection, string?>? onBlocked)
    {
        _onBlocked = onBlocked;
        _connection = connection;
        _timeout = options.Timeout;
        Heartbeat = options.Heartbeat;
        _absence = new PauseDetector(options.Heartbeat, clock);
        Ended = _ended.Token;
        connection.ConnectionShutdownAsync += OnShutdownAsync;
        connection.ConnectionBlockedAsync += (_, blocked) => SetBlocked(blocked.Reason);
        connection.ConnectionUnblockedAsync += (_, _) => SetBlocked(null);
        // The connection may have been shut down before the handler was attached.
        if (connection.CloseReason is { } reason) Fail(Describe(reason));
    }

    /// <summary>Ends with the connection, and gives the reason. It does not fault.</summary>
    internal Task<Exception> WhenLost => _lost.Task;

    /// <summary>How often both sides send a heartbeat. The broker gives a process up after two intervals without one.</summary>
    internal TimeSpan Heartbeat { get; }

    /// <summary>Cancelled when the connection has ended.</summary>
    internal CancellationToken Ended { get; }

    /// <summary>
    /// Whether the connection lasts, as far as this process can know. If the process was paused for so long that the broker may have
    /// given it up, the connection ends here.
    /// </summary>
    internal bool Lasts
    {
        get
        {
            if (Volatile.Read(ref _cause) is null && _absence.Exceeds(out var time))
                Fail(new TransportException($"This process did nothing for {time.TotalSeconds:0.0} s, as when it is stopped: the broker may have given its place to another."));
            return Volatile.Read(ref _cause) is null;
        }
    }

    /// <summary>How long a step may take.</summary>
    internal TimeSpan Timeout => _timeout;

    /// <summary>The broker's version.</summary>
    internal Version ServerVersion
    {
        get
        {
            var text = _connection.ServerProperties?.TryGetValue("version", out var value) == true && value is byte[] bytes
                ? System.Text.Encoding.UTF8.GetString(bytes)
                : "";
            return Version.TryParse(text.Split('-', '+')[0], out var version) ? version : new Version(0, 0);
        }
    }

    /// <summary>Opens a connection.</summary>
    /// <param name="options">The broker's address and credentials.</param>
    /// <param name="name">The name under which the broker's administrator sees it.</param>
    /// <param name="clock">Shows whether this process has been paused.</param>
    /// <param name="onBlocked">Called with the reason when the broker takes no messages on it, with null when it does again; null for no
    /// handler.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">It could not be opened.</exception>
    internal static async Task<BrokerConnection> OpenAsync(
        RabbitMqOptions options, string name, TimeProvider clock, Action<BrokerConnection, string?>? onBlocked, CancellationToken cancellationToken)
    {
        BrokerTls? tls = null;
        try
        {
            var address = BrokerAddress.Read(options.Uri);
            tls = BrokerTls.Load(options, address.IsTls);
            var factory = new ConnectionFactory
            {
                AutomaticRecoveryEnabled = false,
                MaxInboundMessageBodySize = RabbitMqOptionsValidator.MostBytes,
                TopologyRecoveryEnabled = false,
                RequestedHeartbeat = options.Heartbeat,
                RequestedConnectionTimeout = options.Timeout,
                ContinuationTimeout = options.Timeout,
                HandshakeContinuationTimeout = options.Timeout,
            };
            if (address.VirtualHost is not null) factory.VirtualHost = address.VirtualHost;
            if ((options.UserName ?? address.UserName) is { } user) factory.UserName = user;
            if ((options.Password ?? address.Password) is { } password) factory.Password = password;
            if (options.PasswordFile is { } file)
                factory.Password = (await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false)).Trim();
            if (options.AuthenticateByCertificate) factory.AuthMechanisms = [new ExternalMechanismFactory()];
            AmqpTcpEndpoint[] endpoints = [.. Cluster.Endpoints(address, options.Nodes, tls.For)];
            var connection = await ConnectAsync(factory, endpoints, name, options.Timeout * endpoints.Length, cancellationToken).ConfigureAwait(false);
            return new BrokerConnection(connection, options, clock, onBlocked);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new TransportException($"RabbitMQ at {options.Uri.Host} cannot be reached: {ConnectFailure.Describe(error, tls)}", error);
        }
    }

    /// <summary>
    /// Opens a connection of the client's, in time: after a handshake without an answer the client takes seconds to give up.
    /// </summary>
    private static async Task<IConnection> ConnectAsync(
        ConnectionFactory factory, AmqpTcpEndpoint[] endpoints, string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var connecting = factory.CreateConnectionAsync(endpoints, name, cancellationToken);
        try
        {
            return await connecting.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _ = DisposeLateAsync(connecting);
            throw;
        }
    }

    /// <summary>Closes a connection that was opened too late.</summary>
    private static async Task DisposeLateAsync(Task<IConnection> connecting)
    {
        try
        {
            await (await connecting.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // There is no connection; the caller has reported that already.
        }
    }

    /// <summary>Opens a channel. When it ends, the connection ends.</summary>
    /// <param name="confirms">Whether a publish waits until it is confirmed.</param>
    internal async Task<IChannel> OpenChannelAsync(bool confirms)
    {
        // No limiter of outstanding publishes: the window limits them.
        var channel = await _connection.CreateChannelAsync(new CreateChannelOptions(confirms, confirms, outstandingPublisherConfirmationsRateLimiter: null), Ended).ConfigureAwait(false);
        channel.ChannelShutdownAsync += OnShutdownAsync;
        if (channel.CloseReason is { } reason) Fail(Describe(reason));
        return channel;
    }

    /// <summary>
    /// Opens a channel for a query that the broker may answer by closing the channel, as for a queue that does not exist.
    /// </summary>
    internal Task<IChannel> OpenProbeAsync() => _connection.CreateChannelAsync(options: null, Ended);

    /// <summary>Ends the connection because of an error on it.</summary>
    internal void Fail(Exception error)
    {
        if (Interlocked.CompareExchange(ref _cause, error, null) is not null) return;
        _lost.TrySetResult(error);
        _ = EndAsync();
    }

    /// <summary>Runs a step: any failure of it ends the connection, and so does a timeout.</summary>
    /// <exception cref="TransportException">The step failed.</exception>
    internal async Task RunAsync(Func<Task> step, string what, TimeSpan? timeout = null)
    {
        try
        {
            await WaitAsync(step(), timeout is { } shorter && shorter < _timeout ? shorter : _timeout).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw Lost(error, what);
        }
    }

    /// <inheritdoc cref="RunAsync(Func{Task}, string, TimeSpan?)"/>
    internal async Task<T> RunAsync<T>(Func<Task<T>> step, string what)
    {
        try
        {
            var running = step();
            await WaitAsync(running, _timeout).ConfigureAwait(false);
            return await running.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw Lost(error, what);
        }
    }

    /// <summary>
    /// Waits for a step. A broker that has reported that it takes no messages is not late: the timeout starts again when it takes them.
    /// </summary>
    private async Task WaitAsync(Task step, TimeSpan timeout)
    {
        while (true)
        {
            try
            {
                await step.WaitAsync(timeout, Ended).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException) when (!step.IsCompleted && Unblocked is { } unblocked)
            {
                await Task.WhenAny(step, unblocked.Task).WaitAsync(Ended).ConfigureAwait(false);
            }
        }
    }

    private TaskCompletionSource? Unblocked
    {
        get
        {
            lock (_lock) return _unblocked;
        }
    }

    private Task SetBlocked(string? reason)
    {
        TaskCompletionSource? over = null;
        lock (_lock)
        {
            if (_blockedReason == reason) return Task.CompletedTask;
            _blockedReason = reason;
            if (reason is null) (over, _unblocked) = (_unblocked, null);
            else _unblocked ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        over?.TrySetResult();
        _onBlocked?.Invoke(this, reason);
        return Task.CompletedTask;
    }

    /// <summary>Closes the connection: the broker still takes what was sent before.</summary>
    public async ValueTask DisposeAsync()
    {
        Fail(new TransportException("The connection has been given up."));
        await _closed.Task.ConfigureAwait(false);
    }

    /// <summary>How long closing the connection waits for a broker that does not answer.</summary>
    private static readonly TimeSpan s_closing = TimeSpan.FromSeconds(3);

    private string? Blocked => _blockedReason is { } reason ? $" It takes no messages for now: {reason}." : null;

    private TransportException Lost(Exception error, string what)
    {
        if (error is TransportException known) Fail(known);
        else Fail(new TransportException($"{what} failed: {Describe(error)}{Blocked}", error));
        // The first error is the cause; later ones are consequences.
        return _cause is TransportException first
            ? first
            : new TransportException($"{what} failed: {Describe(error)}", error);
    }

    /// <summary>A text that an administrator can act on; for some exceptions the client gives only the name.</summary>
    private static string Describe(Exception error) => error switch
    {
        PublishException { IsReturn: true } => "the broker has no queue for it, or none that has a leader.",
        PublishException => "the broker refused it, as it does while a queue has no leader, or has no room under a limit of the broker's operator.",
        TimeoutException => "the broker did not answer in time.",
        OperationInterruptedException { ShutdownReason: { } reason } => $"the broker has refused it: {reason.ReplyText}.",
        _ => error.Message,
    };

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        Fail(Describe(reason));
        return Task.CompletedTask;
    }

    private static TransportException Describe(ShutdownEventArgs reason) =>
        new($"The broker or the network ended the connection: {reason.ReplyCode} {reason.ReplyText}.", reason.Exception ?? new IOException(reason.ReplyText));

    private async Task EndAsync()
    {
        try
        {
            _absence.Dispose();
            await _ended.CancelAsync().ConfigureAwait(false);
            // Abort also sends the close, behind everything else; it only does not insist on the answer.
            await _connection.CloseAsync(Constants.ReplySuccess, "Goodbye", _timeout < s_closing ? _timeout : s_closing, abort: true).ConfigureAwait(false);
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The connection is gone either way; the broker notices when no heartbeat comes any more.
        }
        finally
        {
            _ = SetBlocked(null);
            _closed.TrySetResult();
        }
    }
}
