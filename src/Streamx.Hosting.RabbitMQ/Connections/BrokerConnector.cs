using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Opens connections to the broker.</summary>
internal static class BrokerConnector
{
    /// <summary>Opens a connection.</summary>
    /// <param name="options">The broker's address and credentials.</param>
    /// <param name="name">The name under which the broker's administrator sees it.</param>
    /// <param name="clock">Shows whether this process has been paused.</param>
    /// <param name="onBlocked">Called with the reason when the broker takes no messages on it, with null when it does again; null for no
    /// handler.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">It could not be opened.</exception>
    internal static async Task<BrokerConnection> OpenAsync(
        RabbitMqOptions options, string name, TimeProvider clock, Action<BrokerConnection, string?>? onBlocked,
        CancellationToken cancellationToken)
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
                // Steps have their own timeout, which does not pass while the broker takes no messages. The client's would, and would end
                // a channel that is being opened when an alarm begins.
                ContinuationTimeout = Timeout.InfiniteTimeSpan,
                HandshakeContinuationTimeout = options.Timeout,
            };
            if (address.VirtualHost is not null) factory.VirtualHost = address.VirtualHost;
            if ((options.UserName ?? address.UserName) is { } user) factory.UserName = user;
            if ((options.Password ?? address.Password) is { } password) factory.Password = password;
            if (options.PasswordFile is { } file)
                factory.Password = (await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false)).Trim();
            if (options.AuthenticateByCertificate) factory.AuthMechanisms = [new ExternalMechanismFactory()];
            AmqpTcpEndpoint[] endpoints = [.. Cluster.Endpoints(address, options.Nodes, tls.For)];
            var connection = await ConnectAsync(
                factory, endpoints, name, options.Timeout * endpoints.Length, cancellationToken).ConfigureAwait(false);
            return new BrokerConnection(connection, options.Timeout, clock, onBlocked);
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
        // Cancelled later than the wait ends, which reports the timeout: it only ends what the client would wait for without limit.
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var connecting = factory.CreateConnectionAsync(endpoints, name, abandoned.Token);
        try
        {
            return await connecting.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await abandoned.CancelAsync().ConfigureAwait(false);
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
}
