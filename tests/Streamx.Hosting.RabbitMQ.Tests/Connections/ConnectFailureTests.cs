using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Connections;

/// <summary>Why a broker cannot be reached is said in one line.</summary>
public sealed class ConnectFailureTests(OneNode broker)
{
    [Fact]
    public Task Join_WrongPassword_SaysSo() => AssertSaysAsync(
        new RabbitMqOptions { Uri = broker.Uri, UserName = "guest", Password = "wrong" },
        "RabbitMQ at 127.0.0.1 cannot be reached: the broker has refused user or password: ");

    [Fact]
    public Task Join_NoSuchVirtualHost_SaysSo() => AssertSaysAsync(
        new RabbitMqOptions { Uri = new Uri(broker.Uri, "/nowhere") }, "NOT_ALLOWED - vhost nowhere not found");

    [Fact]
    public Task Join_NobodyListens_SaysSo() => AssertSaysAsync(
        new RabbitMqOptions { Uri = new Uri("amqp://127.0.0.1:1") }, "RabbitMQ at 127.0.0.1 cannot be reached: nothing listens there.");

    [Fact]
    public Task Join_NoSuchHost_SaysSo() => AssertSaysAsync(
        new RabbitMqOptions { Uri = new Uri("amqp://broker.invalid") }, "RabbitMQ at broker.invalid cannot be reached: its host name is not known.");

    /// <summary>The broker may end a connection between its opening and the first step on it.</summary>
    [Fact]
    public async Task Register_ConnectionHasEnded_SaysWhy()
    {
        var options = new RabbitMqOptions { Uri = broker.Uri };
        var connection = await BrokerConnector.OpenAsync(options, "ended", TimeProvider.System, onBlocked: null, default);
        await using (connection)
        {
            connection.Fail(new TransportException("The broker has ended it."));
            await Assert.ThrowsAsync<TaskCanceledException>(() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, connection.Ended)).WithinAsync();
            var transport = new RabbitMqTransport("s", options, TimeProvider.System);

            var error = await Assert.ThrowsAsync<TransportException>(() => transport.RegisterAsync(connection, ["a"])).WithinAsync();

            Assert.Equal("The broker has ended it.", error.Message);
        }
    }

    private static async Task AssertSaysAsync(RabbitMqOptions options, string text)
    {
        var transport = new RabbitMqTransport("s", options, TimeProvider.System);

        var error = await Assert.ThrowsAsync<TransportException>(() => transport.JoinAsync("a", default)).WithinAsync();

        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
