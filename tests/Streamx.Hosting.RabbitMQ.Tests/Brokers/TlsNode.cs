namespace Streamx.Hosting.RabbitMQ.Tests.Brokers;

/// <summary>A broker of one node that is spoken to over TLS, and takes client certificates in the place of passwords.</summary>
public sealed class TlsNode : IAsyncLifetime
{
    /// <summary>The host that its certificate is for. It is reached as 127.0.0.1, too.</summary>
    internal const string Host = "localhost";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamx-tls-");
    private (string Certificate, string Key) _files;
    private BrokerCluster? _cluster;

    internal string Folder => _folder.FullName;

    internal int Port { get; } = Ports.Free();

    /// <summary>The port without TLS.</summary>
    internal int PlainPort => _cluster!.Nodes[0].Uri.Port;

    /// <summary>The authority that the broker's certificate is of, and that of the clients it trusts.</summary>
    internal Certificates Authority { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Authority = new Certificates(Folder, "authority");
        _files = Authority.CreateServer("server", Host);
        _cluster = await BrokerCluster.StartAsync(
            1,
            [
                $"listeners.ssl.1 = 127.0.0.1:{Port}",
                $"ssl_options.cacertfile = {Authority.AuthorityFile}",
                $"ssl_options.certfile = {_files.Certificate}",
                $"ssl_options.keyfile = {_files.Key}",
                "ssl_options.verify = verify_peer",
                "ssl_options.fail_if_no_peer_cert = false",
                "auth_mechanisms.1 = PLAIN",
                "auth_mechanisms.2 = EXTERNAL",
                "ssl_cert_login_from = common_name",
            ],
            ["rabbitmq_auth_mechanism_ssl"]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>Has the broker show another certificate from now on.</summary>
    internal async Task ShowAsync(bool isExpired)
    {
        Authority.CreateServer("server", Host, isExpired);
        await _cluster!.Nodes[0].ControlAsync("eval", "ssl:clear_pem_cache().");
    }
}
