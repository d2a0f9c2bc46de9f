namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>A server that is spoken to over TLS alone.</summary>
public sealed class TlsServer : IAsyncLifetime
{
    /// <summary>The host that its certificate is for. It is reached as 127.0.0.1, too.</summary>
    internal const string Host = "localhost";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamx-tls-");
    private PostgresServer? _server;

    internal string Folder => _folder.FullName;

    internal PostgresServer Server => _server!;

    /// <summary>The authority that the server's certificate is of.</summary>
    internal Certificates Authority { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Authority = new Certificates(Folder, "authority");
        _server = await PostgresServer.StartAsync();
        await InstallAsync(isExpired: false);
        await File.WriteAllTextAsync(Path.Combine(_server.DataFolder, "pg_hba.conf"), "hostssl all all 127.0.0.1/32 scram-sha-256\n");
        await _server.StopAsync();
        await File.AppendAllLinesAsync(Path.Combine(_server.DataFolder, "postgresql.conf"), ["ssl = on"]);
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>How to connect so that the server's certificate is verified, host included.</summary>
    internal NpgsqlConnectionStringBuilder Connect(string host = Host)
    {
        var connection = Server.Connect();
        (connection.Host, connection.SslMode, connection.RootCertificate) = (host, SslMode.VerifyFull, Authority.AuthorityFile);
        return connection;
    }

    /// <summary>Has the server show another certificate, once it has been started again.</summary>
    internal async Task ShowAsync(bool isExpired)
    {
        await InstallAsync(isExpired);
        await Server.StopAsync();
        await Server.StartAsync();
    }

    private async Task InstallAsync(bool isExpired)
    {
        var (certificate, key) = Authority.CreateServer("server", Host, isExpired);
        foreach (var (file, name) in new[] { (certificate, "server.crt"), (key, "server.key") })
        {
            var installed = Path.Combine(Server.DataFolder, name);
            File.Copy(file, installed, overwrite: true);
            File.SetUnixFileMode(installed, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await PostgresPrograms.OwnAsync(installed);
        }
    }
}
