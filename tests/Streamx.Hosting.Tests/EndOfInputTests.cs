namespace Streamx.Hosting.Tests;

public abstract class EndOfInputTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : EndOfInputTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : EndOfInputTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task LastProducerReturns_StreamClosesAndDrains()
    {
        var builder = CreateBuilder();
        var firstEnded = new Signal();
        var releaseSecond = new Signal();
        builder.Services.AddStreamx<int>()
            .AddProducer("first", async (stream, token) =>
            {
                await stream.PutAsync(1, token);
                firstEnded.Set();
            })
            .AddProducer("second", async (stream, token) =>
            {
                await releaseSecond.WaitAsync(token);
                await stream.PutAsync(2, token);
            })
            .AddConsumer("any", (_, _) => default);
        using var host = builder.Build();
        var stream = host.Services.GetRequiredService<AsyncStream<int>>();

        await host.StartAsync().WithinAsync();
        await firstEnded.WaitAsync();
        var stateAfterFirst = stream.State;
        releaseSecond.Set();
        await stream.Completion.WithinAsync();

        Assert.Equal(StreamState.Open, stateAfterFirst);
        Assert.Equal(StreamState.Closed, stream.State);
        Assert.Equal(2, stream.GetSnapshot().ValuesPut);
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task StopHostWhenCompleted_OneStream_StopsTheHostAfterTheDrain()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddProducer<HundredProducer>().AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        var stream = Assert.Single(report.Streams);
        Assert.Equal(ShutdownOutcome.Drained, stream.Outcome);
        Assert.Equal(100, stream.ValuesAccepted);
        Assert.Equal(TimeSpan.Zero, stream.DrainTime);
        Assert.Equal((100, 0, 0, true), (stream.Consumers[0].Finished, stream.Consumers[0].Aborted, stream.Consumers[0].Undelivered, stream.Consumers[0].HasReturned));
    }

    [Fact]
    public async Task StopHostWhenCompleted_SeveralStreams_WaitsForAllThatAskForIt()
    {
        var release = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("short", o => o.StopHostWhenCompleted = true).AddProducer<HundredProducer>().AddConsumer("any", (_, _) => default);
        builder.Services.AddStreamx<int>("long", o => o.StopHostWhenCompleted = true).AddProducer("feed", (_, token) => release.WaitAsync(token)).AddConsumer("any", (_, _) => default);
        builder.Services.AddStreamx<int>("endless").AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        var stopRequested = host.StopRequestedAsync();
        await host.Services.GetRequiredKeyedService<AsyncStream<int>>("short").Completion.WithinAsync();
        var stoppedAfterShort = stopRequested.IsCompleted;
        release.Set();
        await stopRequested;
        await host.StopAsync().WithinAsync();

        Assert.False(stoppedAfterShort);
        Assert.All((await host.ReportAsync()).Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
    }

    [Fact]
    public async Task NoProducer_StreamStaysOpenForInjectedWritersUntilShutdown()
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddConsumer<NotingConsumer>();
        using var host = builder.Build();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await writer.FlushAsync().WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal([1], seen[nameof(NotingConsumer)]);
        await Assert.ThrowsAsync<StreamClosedException>(() => writer.PutAsync(2).WithinAsync());
        Assert.False(writer.TryPut(3));
    }

    [Fact]
    public async Task LoopWithWorkAfterItsEnd_HostWaitsForIt()
    {
        var finishing = new Signal();
        var release = new Signal();
        var finished = false;
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Func<Task>>(async () =>
        {
            finishing.Set();
            await release.WaitAsync();
            finished = true;
        });
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddProducer<HundredProducer>().AddStreamConsumer<FinishingLoop>();
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await finishing.WaitAsync();
        var stop = host.StopAsync();
        release.Set();
        await stop.WithinAsync();

        Assert.True(finished);
        Assert.True((await host.ReportAsync()).Consumer(nameof(FinishingLoop)).HasReturned);
    }

    internal sealed class FinishingLoop(Func<Task> finish) : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var _ in stream)
            {
            }

            await finish();
        }
    }
}
