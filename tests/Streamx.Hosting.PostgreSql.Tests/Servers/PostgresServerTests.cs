namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>A server can be ended, hang, be replaced by a replica, and keeps what it has confirmed.</summary>
public sealed class PostgresServerTests
{
    [Fact]
    public async Task Server_StoppedEachWay_ComesBackWithWhatItHasCommitted()
    {
        await using var server = await PostgresServer.StartAsync();
        await server.ExecuteAsync("create table numbers (value int)");
        Func<Task>[] ends = [server.StopAsync, server.StopImmediatelyAsync, server.KillAsync];

        foreach (var end in ends)
        {
            await server.ExecuteAsync("insert into numbers values (1)");
            await end();
            Assert.False(server.IsRunning);
            await Assert.ThrowsAsync<NpgsqlException>(() => server.ExecuteAsync("select 1"));
            await server.StartAsync();
        }

        Assert.Equal(ends.Length, await server.ReadAsync<long>("select count(*) from numbers"));
        Assert.Equal("on", await server.ReadAsync<string>("show fsync"));
    }

    [Fact]
    public async Task Server_Hangs_AnswersWhenItGoesOn()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var connection = new NpgsqlConnection(server.Connect().ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("select 1", connection);

        await server.HangAsync();
        var answer = command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        // Each process that might have answered is stopped ("T"), by the system's word.
        Assert.All(server.ProcessStates(), state => Assert.Equal('T', state));
        Assert.False(answer.IsCompleted);
        await server.ContinueAsync();

        Assert.Equal(1, await answer);
    }

    [Fact]
    public async Task Server_HasNoConnectionLeft_SaysSo()
    {
        await using var server = await PostgresServer.StartAsync(["max_connections = 4", "superuser_reserved_connections = 1"]);
        var user = await server.CreateUserAsync();
        List<NpgsqlConnection> connections = [];

        var refusal = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            while (connections.Count < 10)
            {
                connections.Add(new NpgsqlConnection(user.ConnectionString));
                await connections[^1].OpenAsync();
            }
        });
        foreach (var connection in connections) await connection.DisposeAsync();

        Assert.Equal("53300", refusal.SqlState);
        Assert.Equal(4, connections.Count);
    }

    [Fact]
    public async Task Replica_IsPromoted_HasWhatWasCommittedWhileItWasSynchronous()
    {
        await using var primary = await PostgresServer.StartAsync();
        await primary.ExecuteAsync("create table numbers (value int)");
        await using var replica = await primary.CreateReplicaAsync("second");
        await primary.SetSynchronousAsync("second");
        await primary.ExecuteAsync("insert into numbers values (1)");
        Assert.Equal("25006", (await Assert.ThrowsAsync<PostgresException>(() => replica.ExecuteAsync("insert into numbers values (2)"))).SqlState);

        await primary.KillAsync();
        await replica.PromoteAsync();
        await replica.ExecuteAsync("insert into numbers values (3)");

        var numbers = await replica.ReadAsync<int[]>("select array_agg(value order by value) from numbers");
        Assert.Equal([1, 3], numbers);
    }

    [Fact]
    public async Task Commit_SynchronousReplicaHangs_WaitsForIt()
    {
        await using var primary = await PostgresServer.StartAsync();
        await primary.ExecuteAsync("create table numbers (value int)");
        await using var replica = await primary.CreateReplicaAsync("second");
        await primary.SetSynchronousAsync("second");

        await replica.HangAsync();
        var commit = primary.ExecuteAsync("insert into numbers values (1)");
        await primary.UntilAsync("select exists (select from pg_stat_activity where wait_event = 'SyncRep')");
        Assert.False(commit.IsCompleted);
        await replica.ContinueAsync();

        await commit;
    }
}
