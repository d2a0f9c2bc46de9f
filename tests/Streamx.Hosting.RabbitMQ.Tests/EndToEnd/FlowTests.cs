using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.EndToEnd;

/// <summary>What there is only with several processes: standbys, handing over, what stays for the next process of a name.</summary>
public sealed class FlowTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    [Fact]
    public async Task OneProcess_ProducerAndConsumers_WorksAsWithoutBroker()
    {
        var (a, b) = (new Taken(), new Taken());
        await using var all = await Pod.StartAsync(
            _stream,
            stream => stream.AddProducer("feed", PutAsync(1, 20)).AddConsumer("a", (value, _) => a.Add(value)).AddConsumer("b", (value, _) => b.Add(value)),
            Ends(1));

        await all.EndAsync();

        Assert.Equal(Enumerable.Range(1, 20), a.Values);
        Assert.Equal(Enumerable.Range(1, 20), b.Values);
    }

    [Fact]
    public async Task Consumer_Stopped_NextOfItsNameGoesOnWithoutRepeatingAnything()
    {
        var (first, second) = (new Taken(), new Taken());
        var active = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => first.Add(value)), Window(16));
        await _stream.RegisteredAsync("a");
        await using var producer = await Pod.StartAsync(_stream, stream => stream.AddProducer("feed", PutAsync(1, 400)), Window(16));
        await first.UntilAsync(50);
        await using var standby = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => second.Add(value)), Window(16));

        var report = await active.StopAsync();
        await second.UntilAsync(400);

        Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
        Assert.Equal(Enumerable.Range(1, 400), first.Values.Concat(second.Values));
        await active.DisposeAsync();
    }

    [Fact]
    public async Task Producer_Stopped_StandbyLeadsOn()
    {
        var taken = new Taken();
        await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        await _stream.RegisteredAsync("a");
        await using var first = await Pod.StartAsync(_stream, stream => stream.AddProducer("feed", PutAsync(1, 20, staysOpen: true)));
        await taken.UntilAsync(20);
        await using var second = await Pod.StartAsync(_stream, stream => stream.AddProducer("feed", PutAsync(101, 120, staysOpen: true)));

        var report = await first.StopAsync();
        await taken.UntilAsync(120);

        Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
        Assert.Equal(Enumerable.Range(1, 20).Concat(Enumerable.Range(101, 20)), taken.Values);
    }

    [Fact]
    public async Task Consumer_Fails_ValueIsForTheNextProcessOfItsName()
    {
        var taken = new Taken();
        await using var failing = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => value < 3 ? taken.Add(value) : throw new FormatException("no")));
        await _stream.RegisteredAsync("a");
        await using var producer = await Pod.StartAsync(_stream, stream => stream.AddProducer("feed", PutAsync(1, 5, staysOpen: true)));

        var report = await failing.EndAsync();
        await using var next = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        await taken.UntilAsync(5);

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Equal(Enumerable.Range(1, 5), taken.Values);
    }

    [Fact]
    public async Task Flush_ConnectionsCutMeanwhile_EndsWhenEverythingIsFinished()
    {
        var (taken, release) = (new Taken(), new Signal());
        await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", async (value, token) =>
        {
            await taken.Add(value);
            await release.WaitAsync(token);
        }));
        await _stream.RegisteredAsync("a");
        await using var producer = await Pod.StartAsync(_stream, _ => { });
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await writer.PutAsync(1).AsTask().WithinAsync();
        await taken.UntilAsync(1);
        var flush = writer.FlushAsync().AsTask();

        await broker.Node.CloseConnectionsAsync(_stream.Name);
        await producer.LoggedAsync(times: 2, "leads it now");
        Assert.False(flush.IsCompleted);
        release.Set();

        await flush.WithinAsync();
        Assert.Equal([1], taken.Values.Distinct());
    }

    [Fact]
    public async Task Flush_HandedOverMeanwhile_ThrowsSinceNobodyHereHearsOfItAnyMore()
    {
        var taken = new Taken();
        await _stream.CreateProcess().RegisterAsync(["a"], CancellationToken.None);
        await using var producer = await Pod.StartAsync(_stream, _ => { });
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await writer.PutAsync(1).AsTask().WithinAsync();
        var flush = writer.FlushAsync().AsTask();

        await producer.StopAsync();

        await Assert.ThrowsAsync<StreamClosedException>(() => flush.WithinAsync());
        await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        await taken.UntilAsync(1);
    }

    [Fact]
    public async Task Put_Cancelled_IsNotInTheStream()
    {
        var taken = new Taken();
        await using var producer = await Pod.StartAsync(_stream, _ => { });
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        using var cancellation = new CancellationTokenSource();
        var put = writer.PutAsync(1, cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAsync<TaskCanceledException>(() => put.WithinAsync());
        await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        await writer.PutAsync(2).AsTask().WithinAsync();
        await taken.UntilAsync(2);
        Assert.Equal([2], taken.Values);
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private static Action<StreamxOptions> Window(int window) => o => o.Window = window;

    private static Action<StreamxOptions> Ends(int window) => o => (o.Window, o.StopHostWhenCompleted) = (window, true);

    private static Func<IStreamWriter<int>, CancellationToken, Task> PutAsync(int first, int last, bool staysOpen = false) => async (puts, token) =>
    {
        for (var value = first; value <= last; value++) await puts.PutAsync(value, token);
        if (staysOpen) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
    };
}
