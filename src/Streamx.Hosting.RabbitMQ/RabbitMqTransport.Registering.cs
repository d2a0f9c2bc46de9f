namespace Streamx.Hosting.RabbitMQ;

/// <content>What is declared for the stream and its consumers, and taken away again.</content>
internal sealed partial class RabbitMqTransport
{
    /// <inheritdoc/>
    public async Task RegisterAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync("registration", cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false)) await RegisterAsync(connection, names).ConfigureAwait(false);
    }

    /// <summary>Declares everything for processes that declare nothing.</summary>
    internal async Task DeclareAllAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync("declaration", cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await RegisterAsync(connection, names).ConfigureAwait(false);
            await connection.RunAsync(
                async () =>
                {
                    var channel = await connection.OpenChannelAsync(confirms: false).ConfigureAwait(false);
                    await new Declarations(connection, _topology, _memory, ReportAmiss).DeclareInboxAsync(channel).ConfigureAwait(false);
                },
                $"Declaring what stream '{_stream}' needs").ConfigureAwait(false);
        }
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
                    var declarations = new Declarations(connection, _topology, _memory, ReportAmiss, _options.DeclareTopology);
                    await declarations.DeclareStreamAsync(channel).ConfigureAwait(false);
                    await declarations.DeleteNameAsync(channel, name).ConfigureAwait(false);
                },
                $"Retiring '{name}'").ConfigureAwait(false);
        }
    }

    /// <summary>Registers consumers over a connection that is open.</summary>
    /// <exception cref="TransportException">A step failed, or the connection has ended.</exception>
    internal async Task RegisterAsync(BrokerConnection connection, IReadOnlyCollection<string> names)
    {
        // One at a time: a queue that another call has just declared is known before this one acts.
        await connection.EnterAsync(_registering).ConfigureAwait(false);
        try
        {
            await RegisterNowAsync(connection, names).ConfigureAwait(false);
        }
        finally
        {
            _registering.Release();
        }
    }

    /// <summary>Registers consumers, each within a time limit of its own: there may be a thousand.</summary>
    private async Task RegisterNowAsync(BrokerConnection connection, IReadOnlyCollection<string> names)
    {
        var declarations = new Declarations(connection, _topology, _memory, ReportAmiss, _options.DeclareTopology);
        var channel = await connection.RunAsync(
            async () =>
            {
                var opened = await connection.OpenChannelAsync(confirms: true).ConfigureAwait(false);
                if (!_options.DeclareTopology) await declarations.RequireAsync(names).ConfigureAwait(false);
                await declarations.DeclareStreamAsync(opened).ConfigureAwait(false);
                return opened;
            },
            $"Registering with stream '{_stream}'").ConfigureAwait(false);
        foreach (var name in names)
        {
            await connection.RunAsync(
                () => declarations.DeclareNameAsync(channel, name), $"Registering '{name}' with stream '{_stream}'").ConfigureAwait(false);
        }
    }
}
