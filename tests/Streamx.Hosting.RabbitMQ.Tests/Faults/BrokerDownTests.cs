using Microsoft.Extensions.Logging;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>A broker of one node that is down for a while. The tests share the node, since each start takes seconds.</summary>
[Collection(DisturbedCollection.Name)]
public sealed class BrokerDownTests(OneNode broker) : IAsyncDisposable
{
    private readonly BrokerNode _node = broker.Node;
    private readonly TestStream _stream = new(broker.Uri);

    [Fact]
    public async Task Broker_DownAtStart_ProcessWaitsForIt()
    {
        await _node.StopAsync();
        var taken = new Taken();
        await using var all = await Pod.StartAsync(_stream, stream => stream
            .AddProducer("feed", async (puts, token) =>
            {
                for (var value = 1; value <= 20; value++) await puts.PutAsync(value, token);
            })
            .AddConsumer("a", (value, _) => taken.Add(value)));
        await Until.TrueAsync(() => all.Log(LogLevel.Warning).Any(message => message.Contains("cannot be reached", StringComparison.Ordinal)));

        await _node.StartAsync();

        await taken.UntilAsync(20);
        Assert.Equal(Enumerable.Range(1, 20), taken.Values);
    }

    [Fact]
    public async Task Broker_KilledWhileValuesFlow_NothingIsLostAndTheFlowGoesOn()
    {
        const int Window = 16;
        var (a, b, enough, ended) = (new Taken(), new Taken(), new Signal(), new Signal());
        await using var first = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => a.Add(value)), o => o.Window = Window);
        await using var second = await Pod.StartAsync(_stream, stream => stream.AddConsumer("b", (value, _) => b.Add(value)), o => o.Window = Window);
        await _stream.RegisteredAsync("a", "b");
        var last = 0;
        await using var producer = await Pod.StartAsync(
            _stream,
            stream => stream.AddProducer("feed", async (puts, token) =>
            {
                while (!enough.IsSet) await puts.PutAsync(++last, token);
                ended.Set();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }),
            o => o.Window = Window);
        await Task.WhenAll(a.UntilAsync(100), b.UntilAsync(100));
        await _node.StoredAsync(_stream.Topology, ["a", "b"]);

        await _node.KillAsync();
        await _node.StartAsync();

        var goal = Volatile.Read(ref last) + 100;
        await Task.WhenAll(a.UntilAsync(goal), b.UntilAsync(goal));
        enough.Set();
        await ended.WaitAsync();
        await Task.WhenAll(a.UntilAsync(last), b.UntilAsync(last));
        // The node may have lost a position that the leader had heard of, and put a window behind.
        a.AssertNothingLost(last, 2 * Window);
        b.AssertNothingLost(last, 2 * Window);
    }

    [Fact]
    public async Task Broker_KilledAndRestarted_NothingIsLostOrRepeated()
    {
        var a = await _stream.CreateProcess().JoinAsync("a", default);
        var lead = await _stream.CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 20);
        await a.TakeAsync(12);
        await a.SettleAsync(default).WithinAsync();

        await _node.StoredAsync(_stream.Topology, ["a"]);
        await _node.KillAsync();
        await Task.WhenAll(a.WhenLost, lead.WhenLost).WithinAsync();
        await a.DisposeAsync();
        await lead.DisposeAsync();
        await _node.StartAsync();

        // No process that knew a position is left: the checkpoint has it.
        await using var next = await LeadEventuallyAsync().WithinAsync();
        Assert.Equal((12, 20, 20), (next.Positions.Lowest, next.LowestReceived, next.HighestReceived));
        await next.BeginAsync(21).WithinAsync();
        await next.AppendAsync(21, 21);
        await using var later = await _stream.CreateProcess().JoinAsync("a", default);
        Assert.Equal(Enumerable.Range(13, 9).Select(number => $"{number} v{number}"), await later.TakeAsync(21));
    }

    public async ValueTask DisposeAsync()
    {
        // A test that failed may have left it down.
        if (!_node.IsRunning) await _node.StartAsync();
        await _stream.DisposeAsync();
    }

    /// <summary>A queue that has just come back may lose what is put into it before it has a leader. Then it is tried again, as a host does.</summary>
    private async Task<ILeadSession> LeadEventuallyAsync()
    {
        while (true)
        {
            try
            {
                return await _stream.CreateProcess().LeadAsync([], default);
            }
            catch (TransportException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }
}
