namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>Users of a server who may do little.</summary>
internal static class Roles
{
    /// <summary>Makes a user who may log in, and nothing else, and says how they connect.</summary>
    public static async Task<NpgsqlConnectionStringBuilder> CreateUserAsync(this PostgresServer server, string database = "postgres")
    {
        var (user, password) = ($"u{Guid.NewGuid():N}", PostgresServer.NewPassword());
        await server.ExecuteAsync($"create role {user} login password '{password}'", database);
        var connection = server.Connect(database);
        (connection.Username, connection.Password) = (user, password);
        return connection;
    }

    /// <summary>Has a user use the tables and sequences of a schema that is there, and make none in it.</summary>
    public static Task GrantUseAsync(this PostgresServer server, string user, string schema, string database = "postgres") => server.ExecuteAsync(
        $"""
        grant usage on schema {schema} to {user};
        grant select, insert, update, delete on all tables in schema {schema} to {user};
        grant usage, select, update on all sequences in schema {schema} to {user};
        """,
        database);
}
