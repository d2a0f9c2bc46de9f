using Microsoft.Extensions.Diagnostics.HealthChecks;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Health;

/// <summary>Probes say whether a process takes part in its stream, and as what.</summary>
public sealed class ReadinessTests(OneNode broker) : IAsyncDisposable
{
    /// <summary>Nobody listens there.</summary>
    private static readonly Uri s_nobody = new("amqp://127.0.0.1:1");

    private readonly TestStream _stream = new(broker.Uri);

    [Fact]
    public async Task Ready_BrokerDownAtStart_IsUnhealthyWithTheReasonForEach()
    {
        var stream = new TestStream(s_nobody);
        await using var all = await StartAsync(stream, streams => streams.AddProducer("feed", StayAsync).AddConsumer("a", (_, _) => default));
        await all.LoggedAsync("cannot be reached", "producers");
        await all.LoggedAsync("cannot be reached", ", a:");

        var (ready, live) = (await ProbeAsync(all, "ready"), await ProbeAsync(all, "live"));

        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Healthy), (ready.Status, live.Status));
        Assert.Contains("has no session with the other processes for a: RabbitMQ at 127.0.0.1 cannot be reached", ready.Description, StringComparison.Ordinal);
        Assert.Contains("for producers: RabbitMQ at 127.0.0.1 cannot be reached", ready.Description, StringComparison.Ordinal);
        Assert.Equal(ShutdownOutcome.Drained, Assert.Single((await all.StopAsync()).Streams).Outcome);
    }

    [Fact]
    public async Task FailFast_BrokerDownAtStart_FaultsTheStream()
    {
        var stream = new TestStream(s_nobody);
        stream.Options.FailFast = true;
        await using var consumer = await StartAsync(stream, streams => streams.AddConsumer("a", (_, _) => default));

        var report = await consumer.EndAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
    }

    [Fact]
    public async Task FailFast_BrokerGoneLater_IsWaitedFor()
    {
        var (taken, closed) = (new Taken(), new Signal());
        _stream.Options.FailFast = true;
        await using var all = await StartAsync(_stream, stream => stream
            .AddProducer("feed", async (puts, token) =>
            {
                for (var value = 1; value <= 20; value++) await puts.PutAsync(value, token);
                await closed.WaitAsync(token);
                for (var value = 21; value <= 40; value++) await puts.PutAsync(value, token);
            })
            .AddConsumer("a", (value, _) => taken.Add(value)));
        await taken.UntilAsync(20);

        await broker.Node.CloseConnectionsAsync(_stream.Name);
        closed.Set();

        await taken.UntilAsync(40);
        taken.AssertNothingLost(40, window: 1);
    }

    [Fact]
    public async Task Ready_LeaderAndConsumer_AreHealthyAndSayWhoLeadsAndWhoIsBehind()
    {
        await _stream.CreateProcess().RegisterAsync(["b"], CancellationToken.None);
        var (taken, full) = (new Taken(), new Signal());
        await using var consumer = await StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        await _stream.RegisteredAsync("a");
        await using var producer = await StartAsync(_stream, stream => stream.AddProducer("feed", async (puts, token) =>
        {
            for (var value = 1; value <= 4; value++) await puts.PutAsync(value, token);
            full.Set();
            await StayAsync(puts, token);
        }));
        await full.WaitAsync();
        await taken.UntilAsync(4);

        var (leader, other) = (await ProbeAsync(producer, "ready"), await ProbeAsync(consumer, "ready"));

        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), (leader.Status, other.Status));
        Assert.Equal(4, producer.Status.Remote!.Lags["b"]);
        Assert.Contains("Leads between processes. Behind: ", Assert.IsType<string>(leader.Data[_stream.Name]), StringComparison.Ordinal);
        Assert.Contains("b by 4", Assert.IsType<string>(leader.Data[_stream.Name]), StringComparison.Ordinal);
        Assert.True(producer.Status.Remote is { IsLeading: true, IsStandby: false });
        Assert.True(consumer.Status.Remote is { IsLeading: false, IsStandby: false, Lags.Count: 0 });
    }

    [Fact]
    public async Task Ready_StandbyProducer_IsHealthyAndSaysSo()
    {
        var taken = new Taken();
        await using var first = await StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)).AddProducer("feed", async (puts, token) =>
        {
            await puts.PutAsync(1, token);
            await StayAsync(puts, token);
        }));
        await taken.UntilAsync(1);
        await using var second = await StartAsync(_stream, stream => stream.AddProducer("feed", StayAsync));
        await second.StandsByAsync();

        var ready = await ProbeAsync(second, "ready");

        Assert.Equal(HealthStatus.Healthy, ready.Status);
        await second.LoggedAsync("another process leads it, and this one stands by");
        Assert.EndsWith("Stands by to lead.", Assert.IsType<string>(ready.Data[_stream.Name]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_ProcessesOfANameComeAndGo_SaysWhereItRuns_AndReadyThatItRunsNowhere()
    {
        var (one, two) = (new Taken(), new Taken());
        await using var first = await StartAsync(_stream, stream => stream.AddConsumer("billing", (value, _) => one.Add(value)), "pod-1");
        await _stream.RegisteredAsync("billing");
        await using var producer = await StartAsync(_stream, stream => stream.AddProducer("feed", StayAsync), "pod-0");
        await using var second = await StartAsync(_stream, stream => stream.AddConsumer("billing", (value, _) => two.Add(value)), "pod-2");
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await writer.PutAsync(1).AsTask().WithinAsync();
        await one.UntilAsync(1);

        await producer.UntilAsync(remote => remote is { Instance: "pod-0", Names: [{ Name: "billing", Instance: "pod-1", Standbys: ["pod-2"], Processes: 2, Lag: 0 }] });
        await first.UntilAsync(remote => remote is { Instance: "pod-1", Names: [{ Name: "billing", Instance: "pod-1", Lag: null, Processes: null }] });
        Assert.True(second.Status.Remote is { Instance: "pod-2", Names: [{ Name: "billing", Instance: null }] });

        await first.StopAsync();
        await writer.PutAsync(2).AsTask().WithinAsync();
        await two.UntilAsync(2);
        await producer.UntilAsync(remote => remote.Names is [{ Instance: "pod-2", Standbys: [], Processes: 1 }]);
        Assert.DoesNotContain("no live process", (await ProbeAsync(producer, "ready")).Description, StringComparison.Ordinal);

        await second.StopAsync();
        await producer.UntilAsync(remote => remote.Names is [{ Instance: null, Processes: 0 }]);
        await writer.PutAsync(3).AsTask().WithinAsync();
        var ready = await ProbeAsync(producer, "ready");
        Assert.Equal(HealthStatus.Healthy, ready.Status);
        Assert.Equal($"The streams are open. Stream '{_stream.Name}': 'billing' has no live process.", ready.Description);
        Assert.EndsWith("Behind: billing by 1. No live process: billing.", Assert.IsType<string>(ready.Data[_stream.Name]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_PutWaitsForAName_SaysForWhichAndHowLong()
    {
        await _stream.CreateProcess().RegisterAsync(["b"], CancellationToken.None);
        await using var producer = await Pod.StartAsync(_stream, stream => stream.Services.AddHealthChecks().AddStreamx());
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await writer.PutAsync(1).AsTask().WithinAsync();
        Assert.True(producer.Status is { Remote.Names: [{ Name: "b", Lag: 1, IsGating: false }], Stream.OldestWaitingPutAge: null });

        var waiting = writer.PutAsync(2).AsTask();

        await producer.UntilAsync(remote => remote.Names is [{ IsGating: true, Lag: 1 }]);
        Assert.NotNull(producer.Status.Stream.OldestWaitingPutAge);
        Assert.Contains("1 put waits, the oldest for", Assert.IsType<string>((await ProbeAsync(producer, "ready")).Data[_stream.Name]), StringComparison.Ordinal);
        await producer.Services.GetRequiredService<IStreamxControl>().RetireConsumerAsync(_stream.Name, "b").WithinAsync();
        await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (_, _) => default));
        await waiting.WithinAsync();
        await producer.UntilAsync(remote => remote.Names is [{ Name: "a", IsGating: false }]);
        Assert.Null(producer.Status.Stream.OldestWaitingPutAge);
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private static Task<Pod> StartAsync(TestStream stream, Action<IStreamxBuilder<int>> add, string? instance = null) => Pod.StartAsync(
        stream,
        builder =>
        {
            builder.Services.AddHealthChecks().AddStreamx();
            add(builder);
        },
        options => options.Window = stream.Options.Uri == s_nobody || stream.Options.FailFast ? 1 : 16,
        instance);

    private static Task StayAsync(IStreamWriter<int> puts, CancellationToken token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);

    private static async Task<HealthReportEntry> ProbeAsync(Pod pod, string tag)
    {
        var report = await pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains(tag)).WithinAsync();
        return Assert.Single(report.Entries).Value;
    }
}
