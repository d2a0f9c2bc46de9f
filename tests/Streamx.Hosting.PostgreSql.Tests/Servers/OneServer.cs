[assembly: AssemblyFixture(typeof(Streamx.Hosting.PostgreSql.Tests.Servers.OneServer))]

namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>A server for all tests that leave it as it is, each with a schema or a database of its own.</summary>
public sealed class OneServer : IAsyncLifetime
{
    private PostgresServer? _server;

    internal PostgresServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync(["max_connections = 300"]);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>Names a schema that no other test uses. It is not made.</summary>
    internal static string NewSchema() => $"s{Guid.NewGuid():N}";

    /// <summary>Makes a database that no other test uses, and says how to connect to it.</summary>
    internal async Task<NpgsqlConnectionStringBuilder> CreateDatabaseAsync()
    {
        var name = $"d{Guid.NewGuid():N}";
        await Server.ExecuteAsync($"create database {name}");
        return Server.Connect(name);
    }
}
