using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.RabbitMQ.Tests.Transport;

/// <summary>What only a broker can do to a transport.</summary>
public sealed class BrokerFaultTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    [Fact]
    public async Task ConsumerQueue_DeletedByAnOperator_ValuesCanBePutAgain()
    {
        var a = await _stream.CreateProcess().JoinAsync("a", default);
        var lead = await LeadAsync();
        await lead.AppendAsync(1, 3);
        await a.TakeAsync(1);
        await a.SettleAsync(default).WithinAsync();
        await using var admin = await _stream.AdministerAsync();

        await admin.DeleteQueueAsync(_stream.Topology.Values("a"));
        await a.WhenLost.WithinAsync();
        await using var again = await _stream.CreateProcess().JoinAsync("a", default);

        // The leader hears that the queue has lost values, and gives up: whoever has them puts them again.
        Assert.Contains("has lost some", (await lead.WhenLost.WithinAsync()).Message, StringComparison.Ordinal);
        await using var next = await _stream.CreateProcess().LeadAsync([], default).WithinAsync();
        Assert.Equal(1, next.LowestReceived);
        await next.BeginAsync(2).WithinAsync();
        await next.AppendAsync(2, 3);
        Assert.Equal(["2 v2", "3 v3"], await again.TakeAsync(3));
    }

    [Fact]
    public async Task ConsumerQueue_DeletedAndNotMadeAgain_NameRunsNowhereAndTheLeaderGoesOn()
    {
        await _stream.CreateProcess().RegisterAsync(["a"], default);
        await using var b = await _stream.CreateProcess("one").JoinAsync("b", default);
        await using var lead = await LeadAsync();
        await using var admin = await _stream.AdministerAsync();

        await admin.DeleteQueueAsync(_stream.Topology.Values("a"));

        await lead.RunsAsync("a");
        await lead.RunsAsync("b", "one");
        await lead.AppendAsync(1, 2);
        Assert.Equal(["1 v1", "2 v2"], await b.TakeAsync(2));
    }

    [Fact]
    public async Task Append_NoQueueLeft_FailsInsteadOfBeingConfirmed()
    {
        await _stream.CreateProcess().RegisterAsync(["a"], default);
        await using var lead = await LeadAsync();
        await using var admin = await _stream.AdministerAsync();
        await admin.DeleteQueueAsync(_stream.Topology.Values("a"));

        await Assert.ThrowsAsync<TransportException>(() => lead.AppendAsync(Value(1))).WithinAsync();
    }

    [Fact]
    public async Task Lease_TakenAway_LeaderCannotAppend()
    {
        await using var a = await _stream.CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await using var admin = await _stream.AdministerAsync();

        await admin.DeleteQueueAsync(_stream.Topology.Lock);

        await lead.WhenLost.WithinAsync();
        await Assert.ThrowsAsync<TransportException>(() => lead.AppendAsync(Value(1))).WithinAsync();
    }

    [Fact]
    public async Task Broker_Down_SaysSo()
    {
        var stream = new TestStream(new Uri($"amqp://127.0.0.1:{Ports.Free()}"));

        var error = await Assert.ThrowsAsync<TransportException>(() => stream.CreateProcess().JoinAsync("a", default)).WithinAsync();

        Assert.StartsWith("RabbitMQ at 127.0.0.1 cannot be reached", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lead_TwoAtOnce_TheOtherStandsBy()
    {
        await _stream.CreateProcess().RegisterAsync(["a"], default);
        var processes = new[] { _stream.CreateProcess(), _stream.CreateProcess() };
        using var enough = new CancellationTokenSource();

        var leads = processes.Select(process => process.LeadAsync([], enough.Token)).ToArray();
        var first = await Task.WhenAny(leads).WithinAsync();

        var other = leads[0] == first ? 1 : 0;
        await Until.TrueAsync(() => processes[other].IsStandby);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leads[other]).WithinAsync();
        await (await first).DisposeAsync();
    }

    [Fact]
    public async Task Node_OfTheAddressDown_AnotherIsTaken()
    {
        var options = new RabbitMqOptions { Uri = new Uri($"amqp://127.0.0.1:{Ports.Free()}"), Prefix = _stream.Options.Prefix };
        options.Nodes.Add(broker.Uri.Authority);

        await using var a = await new RabbitMqTransport(_stream.Name, options, TimeProvider.System).JoinAsync("a", default).WithinAsync();

        Assert.False(a.WhenLost.IsCompleted);
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private async Task<ILeadSession> LeadAsync()
    {
        var lead = await _stream.CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(lead.HighestReceived + 1).WithinAsync();
        return lead;
    }
}
