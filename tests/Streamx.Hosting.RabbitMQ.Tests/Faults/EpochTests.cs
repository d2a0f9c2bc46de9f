using RabbitMQ.Client;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>When the broker has lost a stream, its next id has epochs and numbers beyond those of the id before.</summary>
public sealed class EpochTests(OneNode broker)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Queues_AllDeleted_EpochOfAProcessThatKnowsNothingIsNewerThanWhatConsumersKnow(bool isRegisteredByIt)
    {
        await using var stream = new TestStream(broker.Uri);
        await using var admin = await stream.AdministerAsync();
        await ForgetAsync(stream, () => admin.DeleteQueuesAsync(stream.Topology, ["a"]), isRegisteredByIt);
    }

    [Fact]
    [Trait("Length", "long")]
    public async Task Broker_BackWithANewDisk_EpochOfAProcessThatKnowsNothingIsNewerThanWhatConsumersKnow()
    {
        await using var cluster = await BrokerCluster.StartAsync(1);
        var node = cluster.Nodes[0];
        await using var stream = new TestStream(node.Uri);
        await ForgetAsync(
            stream,
            async () =>
            {
                await node.StopAsync();
                node.DeleteData();
                await node.StartAsync();
            },
            isRegisteredByIt: true);
    }

    [Fact]
    public async Task Queues_AllDeleted_NumbersOfAProcessThatStoodByAreBeyondThoseItMissed()
    {
        await using var stream = new TestStream(broker.Uri);
        var (standbyConsumer, standbyProducer) = (stream.CreateProcess("two"), stream.CreateProcess("three"));
        var a = await stream.CreateProcess().JoinAsync("a", default).WithinAsync();
        var lead = await stream.CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 3);
        await a.TakeAsync(3);
        var standby = await standbyConsumer.JoinAsync("a", default).WithinAsync();
        var inLine = standbyProducer.LeadAsync([], default);
        await Until.TrueAsync(() => standbyConsumer.Memory.Highest == 3 && standbyProducer.Memory.Highest == 3);
        await using var admin = await stream.AdministerAsync();

        // Since the leader's last announcement.
        await lead.AppendAsync(4, 8);
        await a.TakeAsync(8);
        await admin.DeleteQueuesAsync(stream.Topology, ["a"]);
        await a.DisposeAsync();
        await lead.DisposeAsync();
        await standby.DisposeAsync();
        await Assert.ThrowsAsync<TransportException>(() => inLine).WithinAsync();
        await using var again = await standbyConsumer.JoinAsync("a", default).WithinAsync();
        await using var next = await standbyProducer.LeadAsync([], default).WithinAsync();

        Assert.True(next.HighestReceived >= 8, $"Numbers go on behind {next.HighestReceived}, and 8 has been received.");
        Assert.True(next.Epoch > lead.Epoch);
    }

    [Fact]
    public async Task Leader_AnswersOfNewerEpochs_EndItOnlyIfItIsNotTheNewest()
    {
        await using var stream = new TestStream(broker.Uri);
        await using var admin = await stream.AdministerAsync();
        await using var lead = await stream.CreateProcess().LeadAsync(["a"], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();

        // Meant for leaders before this one: of this id, and of an id that the broker has lost.
        await AnswerAsync(MessageTypes.Newer, lead.StreamId, lead.Epoch);
        await AnswerAsync(MessageTypes.Newer, lead.StreamId + 1, lead.Epoch - 1);
        // An answer to the question of another id says nothing about the numbers of this one.
        await AnswerAsync(MessageTypes.Missing, lead.StreamId + 1, lead.Epoch);
        await AnswerAsync(MessageTypes.Synced, lead.StreamId, lead.Epoch, position: 7);
        await lead.Positions.WaitForAsync("a", 7, default).WithinAsync();
        Assert.False(lead.WhenLost.IsCompleted);

        await AnswerAsync(MessageTypes.Newer, lead.StreamId + 1, lead.Epoch);
        Assert.Contains($"has seen epoch {lead.Epoch}, before the broker lost the stream", (await lead.WhenLost.WithinAsync()).Message, StringComparison.Ordinal);

        ValueTask AnswerAsync(string kind, long streamId, long epoch, long position = 0) => admin.Channel.BasicPublishAsync(
            stream.Topology.Control,
            Topology.LeaderKey,
            mandatory: true,
            new BasicProperties { Type = kind },
            ProtocolJson.Write(new SyncAnswer("a", epoch, position, Received: position, Head: position) { StreamId = streamId }, ProtocolJson.Default.SyncAnswer));
    }

    /// <summary>A process that knows nothing leads a stream that the broker has lost, and that a consumer's process knows.</summary>
    private static async Task ForgetAsync(TestStream stream, Func<Task> forget, bool isRegisteredByIt)
    {
        var consumer = stream.CreateProcess();
        var a = await consumer.JoinAsync("a", default).WithinAsync();
        var before = await stream.CreateProcess().LeadAsync([], default).WithinAsync();
        await before.BeginAsync(1).WithinAsync();
        await before.AppendAsync(1, 3);
        await a.TakeAsync(3);
        await a.SettleAsync(default).WithinAsync();
        await forget();
        await a.DisposeAsync();
        await before.DisposeAsync();
        var process = stream.CreateProcess();
        // Then the checkpoint that the consumer finds knows nothing either.
        if (isRegisteredByIt) await process.RegisterAsync(["a"], default).WithinAsync();
        await using var again = await consumer.JoinAsync("a", default).WithinAsync();

        await using var next = await LeadEventuallyAsync(process).WithinAsync();

        Assert.True(next.Epoch > before.Epoch, $"{next.Epoch} came after {before.Epoch}.");
        Assert.Equal((next.StreamId, next.Epoch), consumer.Memory.Newest);
        Assert.True(next.HighestReceived >= 3);
        var first = next.HighestReceived + 1;
        await next.BeginAsync(first).WithinAsync();
        await next.AppendAsync(first, first);
        var value = await again.NextAsync();
        Assert.Equal((next.StreamId, next.Epoch, first), (value.StreamId, value.Epoch, value.Sequence));
    }

    /// <summary>Leads, if need be after it has learnt of newer epochs, as a host does.</summary>
    private static async Task<ILeadSession> LeadEventuallyAsync(RabbitMqTransport process)
    {
        while (true)
        {
            try
            {
                return await process.LeadAsync([], default);
            }
            catch (TransportException error) when (error.Message.Contains("newer", StringComparison.Ordinal))
            {
                // It is behind the newest one now.
            }
        }
    }
}
