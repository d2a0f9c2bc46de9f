using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.RabbitMQ.Tests.Transport;

/// <summary>Several values in one message, on a broker.</summary>
public sealed class CombinedValuesTransportTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);
    private readonly List<string> _amiss = [];

    [Fact]
    public async Task Append_ManyInOneCall_IsOneMessageAndEachValueIsDelivered()
    {
        await using var a = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await using var tap = await Tap.OpenAsync(_stream);

        await lead.AppendAsync(Values(1, 200)).WithinAsync();

        Assert.Equal(["2: 1 + 200"], await tap.TakeAsync());
        Assert.Equal(Enumerable.Range(1, 200).Select(number => $"{number} v{number}"), await a.TakeAsync(200));
        await lead.Positions.WaitForAsync("a", 200);
    }

    [Fact]
    public async Task Append_EarlierVersionStandsBy_EachValueIsAMessageThatItReads()
    {
        await using var a = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync("""{"name":"a","instance":"old","isActive":false}""");
        await using var tap = await Tap.OpenAsync(_stream);

        await lead.AppendAsync(Values(1, 3)).WithinAsync();

        Assert.Equal(["1: 1", "1: 2", "1: 3"], await tap.TakeAsync());
        Assert.Equal(["1 v1", "2 v2", "3 v3"], await a.TakeAsync(3));
    }

    [Fact]
    public async Task Append_Switched_BothKindsAreReadInOrder()
    {
        await using var a = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync();

        await lead.AppendAsync(Values(1, 5)).WithinAsync();
        await AnnounceAsync(lead, """{"name":"a","instance":"old","isActive":true}""", "old");
        await lead.AppendAsync(Values(6, 8)).WithinAsync();

        Assert.Equal(Enumerable.Range(1, 8).Select(number => $"{number} v{number}"), await a.TakeAsync(8));
    }

    [Fact]
    public async Task Append_ConsumerRegisteredByAProcessThatAnnouncesNothing_EachValueIsAMessage()
    {
        await using var a = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync();

        await CreateProcess().RegisterAsync(["b"], default);
        await Until.TrueAsync(() => lead.Positions.Has("b"));
        await using var tap = await Tap.OpenAsync(_stream);
        await lead.AppendAsync(Values(1, 2)).WithinAsync();

        Assert.Equal(["1: 1", "1: 2"], await tap.TakeAsync());
    }

    [Fact]
    public async Task Append_CombineValuesIsFalse_EachValueIsAMessage()
    {
        await using var a = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync(process: CreateProcess(combines: false));
        await using var tap = await Tap.OpenAsync(_stream);

        await lead.AppendAsync(Values(1, 2)).WithinAsync();

        Assert.Equal(["1: 1", "1: 2"], await tap.TakeAsync());
    }

    [Fact]
    public async Task Append_MoreBytesThanAMessageTakes_GoesInSeveral()
    {
        await using var a = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await using var tap = await Tap.OpenAsync(_stream);

        // Two of them fit, and the last is larger than all that may go together.
        await lead.AppendAsync([.. Enumerable.Range(1, 5).Select(number => new TransportValue(number, new byte[30_000])), new TransportValue(6, new byte[200_000])]).WithinAsync();

        Assert.Equal(["2: 1 + 2", "2: 3 + 2", "1: 5", "1: 6"], await tap.TakeAsync());
        for (var number = 1; number <= 6; number++) Assert.Equal((number, number == 6 ? 200_000 : 30_000), (await a.NextAsync() is var next ? next.Sequence : 0, next.Body.Length));
    }

    [Fact]
    public async Task Message_HalfFinishedWhenItsProcessEnds_TheRestComesAgainMarked()
    {
        await using var first = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(Values(1, 10)).WithinAsync();
        await first.TakeAsync(4);
        await first.SettleAsync(default).WithinAsync();

        await first.DisposeAsync();
        await using var next = await CreateProcess("two").JoinAsync("a", default);

        for (var number = 5; number <= 10; number++)
        {
            var again = await next.NextAsync();
            Assert.Equal(($"{number} v{number}", true), (Show(again), again.IsRedelivered));
            next.Finish(number);
        }

        await next.SettleAsync(default).WithinAsync();
        await using var admin = await _stream.AdministerAsync();
        await next.DisposeAsync();
        await Until.TrueAsync(async () => await admin.CountConsumersAsync(_stream.Topology.Values("a")) == 0);
        Assert.Equal(0u, await admin.Channel.MessageCountAsync(_stream.Topology.Values("a")));
    }

    [Fact]
    public async Task Message_AppendedByALostLeaderBeforeItsConfirm_IsNotDeliveredTwice()
    {
        await using var a = await CreateProcess("one").JoinAsync("a", default);
        var lead = await LeadAsync();
        await lead.AppendAsync(Values(1, 6)).WithinAsync();
        await a.TakeAsync(3);
        await lead.Positions.WaitForAsync("a", 3);
        await lead.DisposeAsync();

        // As hosting does that does not know what became of them: the same values again, cut differently.
        await using var next = await LeadAsync(first: 4);
        Assert.Equal(6, next.HighestReceived);
        await next.AppendAsync([.. Values(4, 9).Select(value => value with { IsRepeated = true })]).WithinAsync();

        Assert.Equal(["4 v4", "5 v5", "6 v6", "7 v7", "8 v8", "9 v9"], await a.TakeAsync(9));
        await next.Positions.WaitForAsync("a", 9);
    }

    [Fact]
    public async Task Message_Damaged_IsReportedWithItsQueueAndNothingElseIsLost()
    {
        await using var a = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(Values(1, 2)).WithinAsync();
        await using var admin = await _stream.AdministerAsync();
        var queue = _stream.Topology.Values("a");
        var damaged = new StreamMessage(MessageTypes.Value, lead.Epoch, 3, default) { StreamId = lead.StreamId, Count = 4 };

        await admin.Channel.BasicPublishAsync("", queue, mandatory: true, damaged.ToProperties(DateTimeOffset.UnixEpoch), "secret"u8.ToArray());
        await Until.TrueAsync(() => Amiss().Length > 0);
        await lead.AppendAsync(Values(3, 5)).WithinAsync();

        Assert.Equal(["1 v1", "2 v2", "3 v3", "4 v4", "5 v5"], await a.TakeAsync(5));
        Assert.Contains($"Queue '{queue}' had a message of 4 values from number 3 on that cannot be read (6 bytes)", Assert.Single(Amiss()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_Limited_NoneOfTheValuesIsAcceptedAndAllComeOnceThereIsRoom()
    {
        await using var a = await CreateProcess("one").JoinAsync("a", default);
        await using var absent = await CreateProcess("two").JoinAsync("b", default);
        await using var lead = await LeadAsync(announcements: [Reads("a"), Reads("b")]);
        await absent.DisposeAsync();
        await broker.Node.ControlAsync("set_policy", _stream.Name, $@"^test\.{_stream.Name}\.c\.b$", """{"max-length":2}""", "--apply-to", "queues");

        var sequence = 1;
        var refused = await Assert.ThrowsAsync<TransportException>(async () =>
        {
            for (; sequence < 100; sequence += 5) await lead.AppendAsync(Values(sequence, sequence + 4)).WithinAsync();
        });

        Assert.Contains("no room", refused.Message, StringComparison.Ordinal);
        await broker.Node.ControlAsync("clear_policy", _stream.Name);
        await using var next = await LeadAsync(first: sequence, announcements: [Reads("a"), Reads("b")]);
        await next.AppendAsync(Values(sequence, sequence + 9)).WithinAsync();
        await using var b = await CreateProcess("three").JoinAsync("b", default);
        var all = Enumerable.Range(1, sequence + 9).Select(number => $"{number} v{number}");
        Assert.Equal(all, await a.TakeAsync(sequence + 9));
        Assert.Equal(all, await b.TakeAsync(sequence + 9));
    }

    [Fact]
    public async Task Process_OfAnEarlierVersionGivenSeveralValues_RefusesThemAndTheNextReadsThem()
    {
        await _stream.CreateProcess().RegisterAsync(["a"], default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(Values(1, 3)).WithinAsync();
        await using var admin = await _stream.AdministerAsync();
        var version = new TaskCompletionSource<object?>();
        var consumer = new AsyncEventingBasicConsumer(admin.Channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            if (message.BasicProperties.Type == MessageTypes.Value) version.TrySetResult(message.BasicProperties.Headers!["streamx-version"]);
            return Task.CompletedTask;
        };
        await admin.Channel.BasicConsumeAsync(_stream.Topology.Values("a"), autoAck: false, consumer);

        // As an earlier version does with one that it does not know: its session ends, and the message stays.
        Assert.Equal(StreamMessage.CombinedVersion, await version.Task.WithinAsync());
        await admin.DisposeAsync();

        await using var a = await CreateProcess("one").JoinAsync("a", default);
        Assert.Equal(["1 v1", "2 v2", "3 v3"], await a.TakeAsync(3));
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private static string Reads(string name) => $$"""{"name":"{{name}}","instance":"of {{name}}","isActive":true,"reads":2}""";

    private static IReadOnlyList<TransportValue> Values(int first, int last) => [.. Enumerable.Range(first, last - first + 1).Select(number => Value(number))];

    private string[] Amiss()
    {
        lock (_amiss) return [.. _amiss];
    }

    private RabbitMqTransport CreateProcess(string? instance = null, bool combines = true)
    {
        var options = new RabbitMqOptions { Uri = broker.Uri, Prefix = _stream.Options.Prefix, InstanceId = instance, CombineValues = combines };
        return new RabbitMqTransport(_stream.Name, options, TimeProvider.System)
        {
            Listening = TimeSpan.Zero,
            OnAmiss = what =>
            {
                lock (_amiss) _amiss.Add(what);
            },
        };
    }

    /// <summary>Leads, once it has heard what the processes read.</summary>
    private async Task<ILeadSession> LeadAsync(string? announcement = null, RabbitMqTransport? process = null, long first = 1, params string[] announcements)
    {
        var lead = await (process ?? CreateProcess()).LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(first).WithinAsync();
        foreach (var one in announcements is [] ? [Reads("a")] : announcements) await AnnounceAsync(lead, one);
        if (announcement is not null) await AnnounceAsync(lead, announcement);
        return lead;
    }

    /// <summary>Announces a process, and waits until the leader knows it.</summary>
    private async Task AnnounceAsync(ILeadSession lead, string announcement, string? instance = null)
    {
        await using var admin = await _stream.AdministerAsync();
        var presence = ProtocolJson.TryRead(Encoding.UTF8.GetBytes(announcement), ProtocolJson.Default.Presence)!;
        await admin.Channel.BasicPublishAsync(
            _stream.Topology.Control, Topology.PresenceKey, mandatory: true, new BasicProperties { Type = MessageTypes.Present }, Encoding.UTF8.GetBytes(announcement));
        await Until.TrueAsync(() =>
        {
            var known = lead.Processes.Describe(presence.Name, lag: null, isGating: false);
            return known.Standbys.Append(known.Instance).Contains(instance ?? presence.Instance);
        });
    }

    /// <summary>Sees what is published to the stream.</summary>
    private sealed class Tap(Administration admin, string queue) : IAsyncDisposable
    {
        public static async Task<Tap> OpenAsync(TestStream stream)
        {
            var admin = await stream.AdministerAsync();
            var queue = (await admin.Channel.QueueDeclareAsync()).QueueName;
            await admin.Channel.QueueBindAsync(queue, stream.Topology.Data, "");
            return new Tap(admin, queue);
        }

        /// <summary>The messages with values since then: version, first number, and how many values.</summary>
        public async Task<List<string>> TakeAsync()
        {
            List<string> taken = [];
            while (await admin.Channel.BasicGetAsync(queue, autoAck: true) is { } message)
            {
                var headers = message.BasicProperties.Headers!;
                if (message.BasicProperties.Type != MessageTypes.Value) continue;
                var count = headers.TryGetValue("streamx-count", out var known) ? $" + {known}" : "";
                taken.Add($"{headers["streamx-version"]}: {headers["streamx-sequence"]}{count}");
            }

            return taken;
        }

        public ValueTask DisposeAsync() => admin.DisposeAsync();
    }
}
