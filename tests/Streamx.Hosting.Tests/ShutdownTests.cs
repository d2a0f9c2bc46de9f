using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests;

public abstract class ShutdownTests(RegistrationOrder order, bool stopConcurrently) : HostTests(order, stopConcurrently)
{
    public sealed class AsWritten() : ShutdownTests(RegistrationOrder.AsWritten, stopConcurrently: false);

    public sealed class AsWrittenConcurrently() : ShutdownTests(RegistrationOrder.AsWritten, stopConcurrently: true);

    public sealed class Reversed() : ShutdownTests(RegistrationOrder.Reversed, stopConcurrently: false);

    public sealed class ReversedConcurrently() : ShutdownTests(RegistrationOrder.Reversed, stopConcurrently: true);

    [Fact]
    public async Task Stop_ValuesAccepted_AreAllFinishedBeforeItEnds()
    {
        var full = new Signal();
        var release = new Signal();
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        var streamx = builder.Services.AddStreamx<int>(o => o.Window = 16);
        streamx.AddConsumer("slow", async (value, _) =>
        {
            await release.WaitAsync();
            seen.Add("slow", value);
        });
        streamx.AddConsumer("fast", seen.By("fast"));
        streamx.AddProducer("feed", async (stream, token) =>
        {
            for (var i = 1; ; i++)
            {
                if (i == 17) full.Set();
                await stream.PutAsync(i, token);
            }
        });
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await full.WaitAsync();
        var stop = host.StopAsync();
        release.Set();
        await stop.WithinAsync();

        var accepted = (int)Assert.Single((await host.ReportAsync()).Streams).ValuesAccepted;
        Assert.True(accepted >= 16, "The window was full when the host was stopped.");
        Assert.Equal(Enumerable.Range(1, accepted), seen["slow"]);
        Assert.Equal(Enumerable.Range(1, accepted), seen["fast"]);
        Assert.Empty(host.Log(LogLevel.Error));
    }

    [Fact]
    public async Task Stop_NothingToWaitFor_TakesNoTime()
    {
        var time = new FakeTimeProvider();
        var builder = CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddStreamx<int>().AddConsumer("any", (_, _) => default).AddProducer("feed", (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, time, token));
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await host.StopAsync().WithinAsync();

        // The clock stood still: the deadline is a cap, not a cost.
        Assert.Equal(TimeSpan.Zero, (await host.ReportAsync()).Elapsed);
    }

    [Fact]
    public async Task Stop_Tokens_ProducersAreToldAtOnce_ConsumersOnlyAtTheDeadline()
    {
        var time = new FakeTimeProvider();
        var holding = new Signal();
        var producerTold = new Signal();
        var aborted = new Signal();
        CancellationToken abortToken = default;
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = TimeSpan.FromSeconds(10))
            .AddProducer("feed", async (stream, token) =>
            {
                await stream.PutAsync(1, token);
                token.Register(producerTold.Set);
                await Task.Delay(Timeout.InfiniteTimeSpan, time, token);
            })
            .AddConsumer("holding", async (_, token) =>
            {
                abortToken = token;
                token.Register(aborted.Set);
                holding.Set();
                await Task.Delay(Timeout.InfiniteTimeSpan, time, token);
            });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();

        var stop = host.StopAsync();
        await producerTold.WaitAsync();
        await host.UntilAsync(status => status.Stream.State != StreamState.Open);
        time.Advance(TimeSpan.FromSeconds(9.999));
        var toldEarly = abortToken.IsCancellationRequested;
        time.Advance(TimeSpan.FromMilliseconds(1));
        await aborted.WaitAsync();
        await stop.WithinAsync();

        Assert.False(toldEarly);
        var report = await host.ReportAsync();
        Assert.Equal(ShutdownOutcome.Aborted, Assert.Single(report.Streams).Outcome);
        Assert.Equal((0, 1, 0, true), Counts(report.Consumer("holding")));
        Assert.Contains(host.Log(LogLevel.Error), message => message == "Stream Int32 had not drained after 10 s and is aborted. Not finished: holding.");
    }

    [Fact]
    public async Task Stop_ConsumerIgnoresTheAbort_EndsAllTheSameAndNamesIt()
    {
        var time = new FakeTimeProvider();
        var holding = new Signal();
        var never = new Signal();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => { o.DrainTimeout = TimeSpan.FromSeconds(10); o.Window = 3; })
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; i <= 3; i++) await stream.PutAsync(i, token);
                await holding.WaitAsync(token);
                await Task.Delay(Timeout.InfiniteTimeSpan, time, token);
            })
            .AddConsumer("deaf", async (_, _) =>
            {
                holding.Set();
                await never.WaitAsync(CancellationToken.None);
            })
            .AddConsumer("healthy", (_, _) => default);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();
        await host.Services.GetRequiredService<AsyncStream<int>>().WaitUntilPutAsync(3);

        var stop = host.StopAsync();
        await Until.TrueAsync(() => host.TheStream().FindConsumer("healthy")!.Run.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(10));
        await host.UntilLoggedAsync(LogLevel.Error, "had not drained");
        await time.AdvanceUntilAsync(stop);

        var report = await host.ReportAsync();
        Assert.Equal((0, 1, 2, false), Counts(report.Consumer("deaf")));
        Assert.Equal((3, 0, 0, true), Counts(report.Consumer("healthy")));
        Assert.Equal(
            ["Stream Int32 had not drained after 10 s and is aborted. Not finished: deaf.", "Consumers of stream Int32 have not returned although they were told to abort: deaf."],
            host.Log(LogLevel.Error));
        never.Set();
    }

    [Fact]
    public async Task Stop_DrainTimeoutZero_AbortsAtOnce()
    {
        var holding = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = TimeSpan.Zero).AddProducer<HundredProducer>().AddConsumer("holding", async (_, token) =>
        {
            holding.Set();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();

        await host.StopAsync().WithinAsync();

        Assert.Equal(ShutdownOutcome.Aborted, Assert.Single((await host.ReportAsync()).Streams).Outcome);
    }

    [Fact]
    public async Task Stop_HostWillWaitNoLonger_AbortsAtOnce()
    {
        var holding = new Signal();
        var time = new FakeTimeProvider();
        var builder = CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddStreamx<int>().AddProducer<HundredProducer>().AddConsumer("holding", async (_, token) =>
        {
            holding.Set();
            await Task.Delay(Timeout.InfiniteTimeSpan, time, token);
        });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();
        using var impatient = new CancellationTokenSource();

        var stop = host.StopAsync(impatient.Token);
        await host.UntilAsync(status => status.Stream.State != StreamState.Open);
        await impatient.CancelAsync();
        await stop.WithinAsync();

        Assert.Equal(ShutdownOutcome.Aborted, Assert.Single((await host.ReportAsync()).Streams).Outcome);
    }

    [Fact]
    public async Task Stop_ProducerIgnoresItsToken_ClosesAtHalfTheDeadlineAndNamesIt()
    {
        var time = new FakeTimeProvider();
        var started = new Signal();
        var told = new Signal();
        var release = new Signal();
        var refused = new Signal();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = TimeSpan.FromSeconds(10))
            .AddConsumer("any", (_, _) => default)
            .AddProducer("deaf", async (stream, token) =>
            {
                token.Register(told.Set);
                await stream.PutAsync(1, CancellationToken.None);
                started.Set();
                await release.WaitAsync();
                try
                {
                    await stream.PutAsync(2, CancellationToken.None);
                }
                catch (StreamClosedException)
                {
                    refused.Set();
                    throw;
                }
            });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await started.WaitAsync();

        var stop = host.StopAsync();
        await told.WaitAsync();
        time.Advance(TimeSpan.FromSeconds(5));
        await stop.WithinAsync();
        release.Set();
        await refused.WaitAsync();

        Assert.Contains(host.Log(LogLevel.Warning), message => message.StartsWith("Stream Int32 closes although producers have not returned since they were told to stop: deaf.", StringComparison.Ordinal));
        Assert.Equal((1, 0, 0, true), Counts((await host.ReportAsync()).Consumer("any")));
    }

    [Fact]
    public async Task Stop_SubscriptionMadeByHandNeverReads_IsTakenOutAtTheDeadline()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = TimeSpan.Zero).AddConsumer("any", (_, _) => default);
        using var host = builder.Build();
        var stream = host.Services.GetRequiredService<AsyncStream<int>>();
        await host.StartAsync().WithinAsync();
        var byHand = stream.Subscribe("by hand");
        await stream.PutAsync(1).WithinAsync();

        await host.StopAsync().WithinAsync();

        Assert.Equal(StreamState.Closed, stream.State);
        Assert.Contains(host.Log(LogLevel.Error), message => message.Contains("had not drained", StringComparison.Ordinal) && message.Contains("by hand", StringComparison.Ordinal));
        Assert.Equal(1, byHand.GetSnapshot().Lag);
    }

    [Theory]
    [InlineData(NoSubscribers.Wait)]
    [InlineData(NoSubscribers.Discard)]
    public async Task Stop_AbortedWhilePutsWait_RefusesThemAndTheReportAddsUp(NoSubscribers policy)
    {
        var holding = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => { o.DrainTimeout = TimeSpan.Zero; o.WhenNoSubscribers = policy; })
            .AddConsumer("fast", (_, _) => default)
            .AddConsumer("stuck", async (_, token) =>
            {
                holding.Set();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            });
        using var host = builder.Build();
        var stream = host.Services.GetRequiredService<AsyncStream<int>>();
        await host.StartAsync().WithinAsync();
        await stream.PutAsync(1).WithinAsync();
        await holding.WaitAsync();
        var waiting = stream.PutAsync(2);

        await host.StopAsync().WithinAsync();

        await Assert.ThrowsAsync<StreamClosedException>(() => waiting.WithinAsync());
        var report = Assert.Single((await host.ReportAsync()).Streams);
        Assert.Equal((1, ShutdownOutcome.Aborted), (report.ValuesAccepted, report.Outcome));
        Assert.All(report.Consumers, consumer => Assert.Equal(1, consumer.Finished + consumer.Aborted + consumer.Undelivered));
    }

    [Fact]
    public async Task Stop_ConsumerPutsIntoAnotherStream_TheOtherGetsItAll()
    {
        var full = new Signal();
        var release = new Signal();
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("second").AddConsumer("sink", seen.By("sink"));
        IStreamWriter<int>? second = null;
        builder.Services.AddStreamx<int>("first", o => o.Window = 8)
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; ; i++)
                {
                    if (i == 9) full.Set();
                    await stream.PutAsync(i, token);
                }
            })
            .AddConsumer("forward", async (value, token) =>
            {
                await release.WaitAsync();
                await second!.PutAsync(value, token);
            });
        using var host = builder.Build();
        second = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("second");
        await host.StartAsync().WithinAsync();
        await full.WaitAsync();

        var stop = host.StopAsync();
        release.Set();
        await stop.WithinAsync();

        var report = await host.ReportAsync();
        Assert.All(report.Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
        Assert.Equal(report.Consumer("forward").Finished, seen["sink"].Count);
        Assert.True(seen["sink"].Count >= 8, "The window was full when the host was stopped.");
    }

    [Fact]
    public async Task Stop_SynchronousContinuationsThatBlock_StillEndsAtTheDeadline()
    {
        using var forever = new ManualResetEventSlim();
        var blocks = new Signal();
        var time = new FakeTimeProvider();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(forever).AddSingleton(blocks).AddSingleton<TimeProvider>(time);
        builder.Services.AddStreamx<int>(o => (o.AllowSynchronousContinuations, o.AcceptAfterStop) = (true, TimeSpan.Zero)).AddStreamConsumer<BlockingLoop>();
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => host.Services.GetRequiredService<AsyncStream<int>>().TryPut(1));

        var stop = host.StopAsync();
        await blocks.WaitAsync();
        await time.AdvanceUntilAsync(stop).WithinAsync();

        Assert.False((await host.ReportAsync()).Consumer(nameof(BlockingLoop)).HasReturned);
        forever.Set();
    }

    [Fact]
    public async Task Stop_LoopAborted_ReadThrowsTheCancellationRatherThanEndingNormally()
    {
        var loop = new Signal();
        var cancelled = new Signal();
        var release = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddKeyedSingleton("holding", loop).AddKeyedSingleton("cancelled", cancelled).AddKeyedSingleton("release", release);
        builder.Services.AddStreamx<int>(o => { o.Window = 4; o.DrainTimeout = TimeSpan.Zero; o.DrainMargin = TimeSpan.FromMilliseconds(20); }).AddProducer<HundredProducer>().AddStreamConsumer<SlowLoop>();
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await loop.WaitAsync();

        await host.StopAsync().WithinAsync();
        release.Set();

        await cancelled.WaitAsync();
        Assert.Equal(ShutdownOutcome.Aborted, Assert.Single((await host.ReportAsync()).Streams).Outcome);
    }

    [Fact]
    public async Task Dispose_NothingAccepted_IsNotAnAbort()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = TimeSpan.Zero).AddConsumer("idle", (_, _) => default);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.StopAsync().WithinAsync();

        Assert.Equal(ShutdownOutcome.Drained, Assert.Single((await host.ReportAsync()).Streams).Outcome);
        Assert.Empty(host.Log(LogLevel.Error));
    }

    [Fact]
    public async Task Stop_CalledTwice_IsOneShutdown()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddConsumer("any", (_, _) => default);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await Task.WhenAll(host.StopAsync(), host.StopAsync()).WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Single(host.Log(LogLevel.Information), message => message.StartsWith("Stream Int32 ended:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_WithoutStop_AbortsAtOnce(bool streamResolvedFirst)
    {
        var holding = new Signal();
        var aborted = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddProducer<HundredProducer>().AddConsumer("holding", async (_, token) =>
        {
            token.Register(aborted.Set);
            holding.Set();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        });
        var host = builder.Build();
        if (streamResolvedFirst) host.Services.GetRequiredService<AsyncStream<int>>();
        var shutdown = host.Services.GetRequiredService<IStreamxShutdown>();
        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();

        await ((IAsyncDisposable)host).DisposeAsync().WithinAsync();

        await aborted.WaitAsync();
        Assert.Equal(ShutdownOutcome.Aborted, Assert.Single((await shutdown.Report.WithinAsync()).Streams).Outcome);
    }

    [Fact]
    public async Task Report_ConsumerThatHeldTheStream_HasTheTimeItWasWaitedFor()
    {
        await using var harness = CreateHarness(services => services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(2)
            .AddConsumer("fast", (_, _) => default)
            .AddConsumer("slow", (_, _) => default));
        var stream = harness.Stream<int>();
        stream.Consumer("slow").Hold();
        await harness.StartAsync();

        await stream.WaitForWaitingPutAsync("slow");
        harness.Time.Advance(TimeSpan.FromSeconds(7));
        stream.Consumer("slow").Release();
        var report = await harness.WaitForEndAsync();

        Assert.Equal(TimeSpan.FromSeconds(7), report.Consumer("slow").TimeWaitedFor);
        Assert.Equal(TimeSpan.Zero, report.Consumer("fast").TimeWaitedFor);
        Assert.Contains("Stream Int32, consumer slow: 2 finished, 0 skipped, 0 dead-lettered, 0 aborted, 0 undelivered, waited for 7.000 s.", harness.Services.Log(LogLevel.Information));
    }

    private static (long Finished, long Aborted, long Undelivered, bool HasReturned) Counts(ConsumerShutdownReport consumer) =>
        (consumer.Finished, consumer.Aborted, consumer.Undelivered, consumer.HasReturned);

    internal sealed class BlockingLoop(ManualResetEventSlim forever, Signal blocks) : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var _ in stream)
            {
            }

            blocks.Set();
            forever.Wait(CancellationToken.None);
        }
    }

    /// <summary>Ignores the token while it works, and does not pass it to its loop.</summary>
    internal sealed class SlowLoop(
        [FromKeyedServices("holding")] Signal holding,
        [FromKeyedServices("release")] Signal release,
        [FromKeyedServices("cancelled")] Signal cancelled) : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            try
            {
                await foreach (var _ in stream)
                {
                    holding.Set();
                    await release.WaitAsync(CancellationToken.None);
                }
            }
            catch (OperationCanceledException)
            {
                cancelled.Set();
                throw;
            }
        }
    }
}
