using System.Collections.Concurrent;
using RabbitMQ.Client;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>What operators and other applications do to exchanges and queues of a stream while it runs.</summary>
public sealed class OperatorTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    /// <summary>What processes found amiss.</summary>
    private readonly List<string> _amiss = [];

    public static TheoryData<string> Queues => ["values", "lock", "names", "checkpoint", "inbox"];

    [Fact]
    public async Task Checkpoint_UnboundFromEveryExchange_PositionsAreDurableAllTheSame()
    {
        var a = await CreateProcess().JoinAsync("a", default);
        var lead = await LeadAsync();
        await using var admin = await _stream.AdministerAsync();
        await admin.Channel.QueueUnbindAsync(_stream.Topology.Checkpoint("a"), _stream.Topology.Control, "a");

        await lead.AppendAsync(1, 5);
        await a.TakeAsync(5);
        await a.SettleAsync(default).WithinAsync();
        await a.DisposeAsync();
        await lead.DisposeAsync();

        await using var next = await CreateProcess().LeadAsync([], default).WithinAsync();
        Assert.Equal(5, next.Positions.Lowest);
    }

    [Fact]
    public async Task Checkpoint_Deleted_NothingIsAcknowledgedUntilItIsMadeAgain()
    {
        var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 3);
        await a.TakeAsync(1);
        await a.SettleAsync(default).WithinAsync();
        await using var admin = await _stream.AdministerAsync();

        Assert.Equal("2 v2", Show(await a.NextAsync()));
        await admin.DeleteQueueAsync(_stream.Topology.Checkpoint("a"));
        a.Finish(2);
        await a.WhenLost.WithinAsync();
        await a.DisposeAsync();
        await using var again = await CreateProcess().JoinAsync("a", default);

        Assert.Equal(["2 v2", "3 v3"], await again.TakeAsync(3));
        await lead.Positions.WaitForAsync("a", 3);
        Assert.Contains(_amiss, what => what.Contains(_stream.Topology.Checkpoint("a"), StringComparison.Ordinal));
    }

    [Theory]
    [Trait("Length", "long")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Checkpoint_TakenOutOfItsQueue_TheNextProcessGoesOnWhereTheValuesAre(bool isReplaced)
    {
        var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 3);
        await a.TakeAsync(1);
        await a.SettleAsync(default).WithinAsync();
        await a.DisposeAsync();
        await using var admin = await _stream.AdministerAsync();

        if (isReplaced) await PublishAsync(admin, "", _stream.Topology.Checkpoint("a"));
        else await admin.Channel.QueuePurgeAsync(_stream.Topology.Checkpoint("a"));
        // As a host does: a process that was lost might have had it in hand, so that it takes more than one session.
        var process = CreateProcess();
        var again = await process.JoinAsync("a", default);
        while (!await again.Deliveries.WaitToReadAsync().AsTask().WithinAsync())
        {
            await again.DisposeAsync();
            again = await process.JoinAsync("a", default);
        }

        Assert.Equal(["2 v2", "3 v3"], await again.TakeAsync(3));
        await again.DisposeAsync();
        Assert.Contains(_amiss, what => what.Contains(_stream.Topology.Checkpoint("a"), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Queues))]
    public async Task ForeignMessage_InAQueue_IsPassedOverAndLogged(string where)
    {
        var a = await CreateProcess().JoinAsync("a", default);
        var lead = await LeadAsync();
        await using var admin = await _stream.AdministerAsync();
        var topology = _stream.Topology;
        var (exchange, key, named) = where switch
        {
            "values" => (topology.Data, "", topology.Values("a")),
            "lock" => ("", topology.Lock, topology.Lock),
            "names" => ("", topology.Registry, topology.Registry),
            "checkpoint" => ("", topology.Checkpoint("a"), topology.Checkpoint("a")),
            _ => (topology.Control, Topology.LeaderKey, topology.Control),
        };
        await lead.AppendAsync(1, 1);

        await PublishAsync(admin, exchange, key);

        await lead.AppendAsync(2, 2);
        Assert.Equal(["1 v1", "2 v2"], await a.TakeAsync(2));
        await lead.Positions.WaitForAsync("a", 2);
        await a.SettleAsync(default).WithinAsync();
        await a.DisposeAsync();
        await lead.DisposeAsync();
        // And in those that come afterwards.
        await using var next = await CreateProcess().LeadAsync([], default).WithinAsync();
        await next.BeginAsync(next.HighestReceived + 1).WithinAsync();
        await next.AppendAsync(3, 3);
        await using var later = await CreateProcess().JoinAsync("a", default);
        Assert.Equal(["3 v3"], await later.TakeAsync(3));
        if (where == "checkpoint") return;
        // Again where it came behind everything that was reported, and was not acknowledged yet.
        Assert.Contains(_amiss, what => what.Contains($"'{named}'", StringComparison.Ordinal) && what.Contains("text/plain; 5 bytes", StringComparison.Ordinal));
        Assert.DoesNotContain(_amiss, what => what.Contains("hello", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Policy_DropsValuesOfAnAbsentConsumer_TheyAreKnownToBeLostAndTheRestComes()
    {
        await CreateProcess().RegisterAsync(["a"], default);
        var lead = await LeadAsync();
        await lead.AppendAsync(1, 4);
        await broker.Node.ControlAsync(
            "set_policy", _stream.Name, $@"^test\.{_stream.Name}\.c\.a$", """{"max-length":6,"overflow":"drop-head"}""", "--apply-to", "queues");
        await lead.AppendAsync(5, 8);
        await lead.ReleaseAsync(closed: false, default).WithinAsync();

        await using var next = await CreateProcess().LeadAsync([], default).WithinAsync();
        Assert.Equal(8, next.HighestReceived);
        await next.BeginAsync(9).WithinAsync();
        await broker.Node.ControlAsync("clear_policy", _stream.Name);
        await next.AppendAsync(9, 9);
        await using var a = await CreateProcess().JoinAsync("a", default);

        var received = await TakeWithLossesAsync(a, 9);
        Assert.StartsWith("lost 1-", received[0], StringComparison.Ordinal);
        Assert.Equal("9 v9", received[^1]);
        var lost = int.Parse(received[0].Split('-')[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(Enumerable.Range(lost + 1, 9 - lost).Select(number => $"{number} v{number}"), received.Skip(1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Values_Purged_TheNextLeaderKnowsHowFarTheyWent(bool isKilled)
    {
        await CreateProcess().RegisterAsync(["a"], default);
        var lead = await LeadAsync();
        await lead.AppendAsync(1, 8);
        await using var admin = await _stream.AdministerAsync();
        // A leader that is killed has written how far it was some time before.
        if (isKilled) await Until.TrueAsync(() => ((LeadSession)lead).Noted == 8);
        await admin.Channel.QueuePurgeAsync(_stream.Topology.Values("a"));
        if (isKilled) await lead.DisposeAsync();
        else await lead.ReleaseAsync(closed: false, default).WithinAsync();

        await using var next = await CreateProcess().LeadAsync([], default).WithinAsync();
        Assert.Equal(8, next.HighestReceived);
        await next.BeginAsync(9).WithinAsync();
        await next.AppendAsync(9, 9);
        await using var a = await CreateProcess().JoinAsync("a", default);

        Assert.Equal(["lost 1-8", "9 v9"], await TakeWithLossesAsync(a, 9));
    }

    [Fact]
    public async Task Policy_LimitsAQueue_ValuesAreRefusedRatherThanOthersDropped()
    {
        await CreateProcess().RegisterAsync(["a"], default);
        await using var lead = await LeadAsync();
        await broker.Node.ControlAsync("set_policy", _stream.Name, $@"^test\.{_stream.Name}\.c\.a$", """{"max-length":4}""", "--apply-to", "queues");

        var refused = await Assert.ThrowsAsync<TransportException>(() => lead.AppendAsync(1, 8));

        Assert.Contains("no room", refused.Message, StringComparison.Ordinal);
        await broker.Node.ControlAsync("clear_policy", _stream.Name);
        await using var a = await CreateProcess().JoinAsync("a", default);
        Assert.Equal("1 v1", Show(await a.NextAsync()));
    }

    public static TheoryData<bool, bool, bool> Emptied => new() { { true, false, false }, { false, true, false }, { true, false, true }, { false, true, true } };

    [Theory]
    [MemberData(nameof(Emptied))]
    public async Task Lease_OrItsCopyTakenAway_NamesNumbersAndEpochsGoOn(bool isLease, bool isCopy, bool isDeleted)
    {
        await CreateProcess().RegisterAsync(["b"], default);
        await using var a = await CreateProcess().JoinAsync("a", default);
        var lead = await LeadAsync();
        await lead.AppendAsync(1, 3);
        await a.TakeAsync(3);
        await lead.ReleaseAsync(closed: false, default).WithinAsync();
        await using var admin = await _stream.AdministerAsync();
        foreach (var queue in new[] { isLease ? _stream.Topology.Lock : null, isCopy ? _stream.Topology.State : null }.OfType<string>())
        {
            if (isDeleted) await admin.DeleteQueueAsync(queue);
            else await admin.Channel.QueuePurgeAsync(queue);
        }

        await using var next = await CreateProcess().LeadAsync([], default).WithinAsync();

        Assert.Equal(["a", "b"], next.Positions.Snapshot().Keys.Order());
        Assert.Equal((lead.StreamId, lead.Epoch, lead.Epoch + 1), (next.StreamId, next.PreviousEpoch, next.Epoch));
        Assert.Equal(3, next.HighestReceived);
        await next.BeginAsync(4).WithinAsync();
        await next.AppendAsync(4, 4);
        Assert.Equal("4 v4", Show(await a.NextAsync()));
    }

    [Fact]
    public async Task Lease_AndItsCopyTakenAway_ConsumersThatRunAreFoundAndNumbersGoOnBehindThem()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        var lead = await LeadAsync();
        await lead.DisposeAsync();
        // A few epochs, so that one who knows nothing is behind them.
        for (var i = 0; i < 3; i++) await (await LeadAsync()).DisposeAsync();
        lead = await LeadAsync();
        await lead.AppendAsync(1, 3);
        await a.TakeAsync(3);
        await lead.DisposeAsync();
        await using var admin = await _stream.AdministerAsync();
        await admin.DeleteQueueAsync(_stream.Topology.Lock);
        await admin.DeleteQueueAsync(_stream.Topology.State);

        var process = CreateProcess();
        await using var next = await LeadEventuallyAsync(process).WithinAsync();

        Assert.Equal(["a"], next.Positions.Snapshot().Keys);
        Assert.True(next.Epoch > lead.Epoch);
        Assert.Equal(3 + StreamMemory.NumberMargin, next.HighestReceived);
        await next.BeginAsync(4).WithinAsync();
        await next.AppendAsync(4, 4);
        Assert.Equal("4 v4", Show(await a.NextAsync()));
    }

    [Fact]
    public async Task Stream_ForgottenAndMadeAgainByAProcessThatKnowsLess_EpochsGoOn()
    {
        var consumer = CreateProcess();
        var a = await consumer.JoinAsync("a", default);
        for (var i = 0; i < 3; i++) await (await LeadAsync()).DisposeAsync();
        var lead = await LeadAsync();
        await lead.AppendAsync(lead.HighestReceived + 1, 3);
        await a.TakeAsync(3);
        await a.SettleAsync(default).WithinAsync();
        await a.DisposeAsync();
        await lead.DisposeAsync();
        await using var admin = await _stream.AdministerAsync();
        await admin.DeleteQueuesAsync(_stream.Topology, ["a"]);

        // It registers the consumer, and with that makes the checkpoint that the consumer's process then finds.
        var process = CreateProcess();
        await process.RegisterAsync(["a"], default);
        await using var again = await consumer.JoinAsync("a", default);
        await using var next = await LeadEventuallyAsync(process).WithinAsync();

        Assert.True(next.Epoch > lead.Epoch, $"{next.Epoch} came after {lead.Epoch}.");
        Assert.Equal(3 + StreamMemory.NumberMargin, next.HighestReceived);
        await next.BeginAsync(4).WithinAsync();
        await next.AppendAsync(4, 4);
        Assert.Equal("4 v4", Show(await again.NextAsync()));
    }

    [Fact]
    public async Task Stream_ForgottenAndOnlyProcessesLeftThatStoodBy_NumbersAndEpochsGoOn()
    {
        var (standbyConsumer, standbyProducer, forgotten) = (CreateProcess("two"), CreateProcess("three"), new ConcurrentBag<string>());
        standbyConsumer.OnForgotten = () => forgotten.Add("two");
        standbyProducer.OnForgotten = () => forgotten.Add("three");
        var a = await CreateProcess("one").JoinAsync("a", default);
        for (var i = 0; i < 2; i++) await (await LeadAsync()).DisposeAsync();
        var lead = await LeadAsync();
        await lead.AppendAsync(1, 3);
        await a.TakeAsync(3);
        var standby = await standbyConsumer.JoinAsync("a", default);
        var inLine = standbyProducer.LeadAsync([], default);
        await Until.TrueAsync(() => standbyConsumer.Memory.Highest == 3 && standbyProducer.Memory.Highest == 3);
        await using var admin = await _stream.AdministerAsync();

        await admin.DeleteQueuesAsync(_stream.Topology, ["a"]);
        await a.DisposeAsync();
        await lead.DisposeAsync();
        await standby.DisposeAsync();
        await Assert.ThrowsAsync<TransportException>(() => inLine).WithinAsync();
        await using var again = await standbyConsumer.JoinAsync("a", default);
        await using var next = await standbyProducer.LeadAsync([], default).WithinAsync();

        Assert.Equal((lead.Epoch + 1 + StreamMemory.EpochMargin, 3 + StreamMemory.NumberMargin), (next.Epoch, next.HighestReceived));
        await next.BeginAsync(4).WithinAsync();
        await next.AppendAsync(4, 4);
        Assert.Equal("4 v4", Show(await again.NextAsync()));
        Assert.Equal(["three", "two"], forgotten.Order());
    }

    [Fact]
    public async Task Lead_ClockOfAnEarlierLeaderWasAhead_EpochsGoOn()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        var lead = await LeadAsync();
        await using var admin = await _stream.AdministerAsync();
        // As a leader of an earlier version would have written, whose clock was an hour ahead.
        var epoch = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        var ahead = new StreamMessage(MessageTypes.Sync, epoch, Checkpoint.None, default) { StreamId = lead.StreamId };
        await admin.Channel.BasicPublishAsync(_stream.Topology.Data, "", mandatory: true, ahead.ToProperties(DateTimeOffset.UnixEpoch), default);
        await lead.DisposeAsync();
        await admin.DeleteQueueAsync(_stream.Topology.Lock);
        await admin.DeleteQueueAsync(_stream.Topology.State);

        // On a busy machine the consumer answers only after the leader has stopped waiting for answers. Then it leads again.
        var process = CreateProcess();
        var early = await LeadEventuallyAsync(process).WithinAsync();
        if (early.Epoch == 1) await early.WhenLost.WithinAsync();
        await using var next = early.Epoch == 1 ? await LeadEventuallyAsync(process).WithinAsync() : early;
        await next.BeginAsync(next.HighestReceived + 1).WithinAsync();

        Assert.Equal(epoch + 1 + StreamMemory.EpochMargin, next.Epoch);
        await next.AppendAsync(next.HighestReceived + 1, next.HighestReceived + 1);
        await a.NextAsync();
    }

    [Fact]
    public async Task ValuesQueue_Unbound_WhatItLacksIsKnownWithinSeconds()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        await using var b = await CreateProcess().JoinAsync("b", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 1);
        await a.TakeAsync(1);
        await b.TakeAsync(1);
        await lead.Positions.WaitForAsync("a", 1);
        await using var admin = await _stream.AdministerAsync();

        await admin.Channel.QueueUnbindAsync(_stream.Topology.Values("a"), _stream.Topology.Data, "");
        await lead.AppendAsync(2, 3);
        await b.TakeAsync(3);

        Assert.Contains("has lost some", (await lead.WhenLost.WithinAsync()).Message, StringComparison.Ordinal);
        await using var next = await CreateProcess().LeadAsync([], default).WithinAsync();
        await next.BeginAsync(2).WithinAsync();
        await next.AppendAsync(2, 3);
        Assert.Equal(["2 v2", "3 v3"], await a.TakeAsync(3));
    }

    [Fact]
    public async Task ValuesQueues_UnboundWhileNoProcessLeads_TheNextLeaderReachesThem()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        await (await LeadAsync()).DisposeAsync();
        await using var admin = await _stream.AdministerAsync();
        await admin.Channel.QueueUnbindAsync(_stream.Topology.Values("a"), _stream.Topology.Data, "");

        await using var lead = await CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 1);

        Assert.Equal("1 v1", Show(await a.NextAsync()));
    }

    [Fact]
    public async Task ControlExchange_Deleted_PositionsComeAgainWithinSeconds()
    {
        var a = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 1);
        await using var admin = await _stream.AdministerAsync();

        await admin.Channel.ExchangeDeleteAsync(_stream.Topology.Control);
        await a.WhenLost.WithinAsync();
        await a.DisposeAsync();
        await using var again = await CreateProcess("one").JoinAsync("a", default);
        await again.TakeAsync(1);

        await lead.Positions.WaitForAsync("a", 1);
        await lead.RunsAsync("a", "one");
        Assert.False(lead.WhenLost.IsCompleted);
    }

    [Fact]
    public async Task Ends_Purged_AreCountedAgainWithinSeconds()
    {
        await CreateProcess().RegisterAsync(["a"], default);
        var first = await LeadAsync();
        await first.EndAsync(1).WithinAsync();
        await first.ReleaseAsync(closed: true, default).WithinAsync();
        await using var lead = await LeadAsync();
        await using var admin = await _stream.AdministerAsync();

        await admin.Channel.QueuePurgeAsync(_stream.Topology.Ends);
        await admin.Channel.QueuePurgeAsync(_stream.Topology.State);

        await Until.TrueAsync(async () => (await admin.Channel.QueueDeclarePassiveAsync(_stream.Topology.Ends)).MessageCount == 2);
        await Until.TrueAsync(async () => (await admin.Channel.QueueDeclarePassiveAsync(_stream.Topology.State)).MessageCount == 1);
    }

    [Fact]
    public async Task Message_OfAnotherVersion_EndsTheSessionAndStaysInTheQueue()
    {
        var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await using var admin = await _stream.AdministerAsync();
        var properties = new StreamMessage(MessageTypes.Value, lead.Epoch, 1, default).ToProperties(DateTimeOffset.UnixEpoch);
        properties.Headers!["streamx-version"] = 3;

        await admin.Channel.BasicPublishAsync(_stream.Topology.Data, "", mandatory: true, properties, new byte[] { 1 });

        Assert.Contains("version 3", (await a.WhenLost.WithinAsync()).Message, StringComparison.Ordinal);
        await a.DisposeAsync();
        await using var again = await CreateProcess().JoinAsync("a", default);
        Assert.Contains("version 3", (await again.WhenLost.WithinAsync()).Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    /// <summary>Takes what comes, up to a number, and finishes it.</summary>
    private static async Task<List<string>> TakeWithLossesAsync(IJoinSession session, long last)
    {
        List<string> taken = [];
        TransportDelivery next;
        do
        {
            next = await session.NextAsync();
            taken.Add(next.LostFrom is { } first ? $"lost {first}-{next.Sequence}" : Show(next));
            session.Finish(next.Sequence);
        }
        while (next.Sequence < last);

        return taken;
    }

    private static ValueTask PublishAsync(Administration admin, string exchange, string key) =>
        admin.Channel.BasicPublishAsync(exchange, key, mandatory: true, new BasicProperties { ContentType = "text/plain" }, "hello"u8.ToArray());

    private RabbitMqTransport CreateProcess(string? instance = null)
    {
        var process = _stream.CreateProcess(instance);
        process.OnAmiss = what =>
        {
            lock (_amiss) _amiss.Add(what);
        };
        return process;
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

    private async Task<ILeadSession> LeadAsync()
    {
        var lead = await CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        return lead;
    }
}
