namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>Passwords count, wherever they come from, and rights are only those that were given.</summary>
public sealed class AccessTests(OneServer one)
{
    [Fact]
    public async Task Connect_WrongPassword_IsRefused()
    {
        var server = one.Server;
        var user = await server.CreateUserAsync();
        user.Password = "wrong";

        Assert.Equal("28P01", (await Assert.ThrowsAsync<PostgresException>(() => OpenAsync(user))).SqlState);
    }

    [Fact]
    public async Task Connect_PasswordInAPassFile_IsTaken()
    {
        var server = one.Server;
        var user = await server.CreateUserAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"127.0.0.1:{server.Port}:*:{user.Username}:{user.Password}\n", TestContext.Current.CancellationToken);
        (user.Password, user.Passfile) = (null, file);

        await OpenAsync(user);

        File.Delete(file);
    }

    [Fact]
    public async Task User_MayUseASchema_MayNotMakeOneOrATableInIt()
    {
        var server = one.Server;
        var database = await one.CreateDatabaseAsync();
        var schema = OneServer.NewSchema();
        await server.ExecuteAsync($"create schema {schema}; create table {schema}.numbers (value int)", database.Database!);
        var user = await server.CreateUserAsync(database.Database!);
        await server.GrantUseAsync(user.Username!, schema, database.Database!);

        await ExecuteAsync(user, $"insert into {schema}.numbers values (1)");
        var table = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(user, $"create table {schema}.others (value int)"));
        var another = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(user, $"create schema {OneServer.NewSchema()}"));

        Assert.Equal(["42501", "42501"], [table.SqlState, another.SqlState]);
    }

    private static Task OpenAsync(NpgsqlConnectionStringBuilder connection) => ExecuteAsync(connection, "select 1");

    private static async Task ExecuteAsync(NpgsqlConnectionStringBuilder builder, string sql)
    {
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
