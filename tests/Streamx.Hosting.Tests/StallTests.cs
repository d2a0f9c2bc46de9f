using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests;

public abstract class StallTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : StallTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : StallTests(RegistrationOrder.Reversed);

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Stall_WarnsOnceForEachValue_AndLogsTheRecovery(ConsumerKind kind)
    {
        var time = new FakeTimeProvider();
        Signal[] release = [new(), new(), new()];
        var builder = CreateBuilder(time);
        var streamx = builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(3);
        streamx.AddConsumer("healthy", (_, _) => default);
        streamx.AddScripted(kind, (value, _) => new ValueTask(release[value - 1].WaitAsync()), o => o.StallAfter = s_limit);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync(Scripted.Name);
        await host.UntilConsumerAsync("healthy", consumer => consumer.ValuesFinished == 1);

        time.Advance(s_limit - TimeSpan.FromMilliseconds(1));
        var before = (host.Log(LogLevel.Warning).Count(), host.Consumer(Scripted.Name).IsStalled);
        time.Advance(TimeSpan.FromMilliseconds(1));
        var first = host.Log(LogLevel.Warning).ToList();
        var (slow, healthy) = (host.Consumer(Scripted.Name).IsStalled, host.Consumer("healthy").IsStalled);
        for (var i = 0; i < 10; i++) time.Advance(s_limit);
        var later = host.Log(LogLevel.Warning).Count();
        release[0].Set();
        await host.UntilConsumerAsync(Scripted.Name, consumer => consumer.Subscription is { Position: 1, HoldsValue: true });
        var afterRelease = host.Consumer(Scripted.Name).IsStalled;
        await host.UntilHeldAsync(Scripted.Name);
        await host.UntilConsumerAsync("healthy", consumer => consumer.ValuesFinished == 2);
        await host.UntilLoggedAsync(LogLevel.Information, "has recovered from its stall");
        time.Advance(s_limit);
        time.Advance(s_limit);
        var second = host.Log(LogLevel.Warning).ToList();
        release[1].Set();
        release[2].Set();
        await host.StopRequestedAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal((0, false), before);
        Assert.Equal(["Consumer scripted of stream Int32 has held the value at position 0 for 10.0 s; puts waiting: 1. Action: warn only."], first);
        Assert.Equal((true, false), (slow, healthy));
        Assert.Equal(1, later);
        Assert.False(afterRelease);
        Assert.Equal(2, second.Count);
        Assert.Equal(2, host.Log(LogLevel.Information).Count(message => message == "Consumer scripted of stream Int32 has recovered from its stall."));
        Assert.False(host.Consumer(Scripted.Name).IsStalled);
        var report = await host.ReportAsync();
        host.AssertEndedWell(report);
        Assert.Equal(3, report.Consumer(Scripted.Name).Finished);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stall_HandlerNeverReturns_RecoveryIsNotLogged(bool isDetached)
    {
        var (time, over) = (new FakeTimeProvider(), new Signal());
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = s_limit).AddFeed(1, staysOpen: true).AddConsumer("other", (_, _) => default)
            .AddConsumer("deaf", (_, _) => new ValueTask(over.WaitAsync()), o => o.StallAfter = s_limit);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilConsumerAsync("deaf", consumer => consumer.Subscription is { HoldsValue: true });
        while (!host.Consumer("deaf").IsStalled)
        {
            time.Advance(s_limit);
            await Task.Yield();
        }

        if (isDetached) host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("Int32", "deaf");
        await time.AdvanceUntilAsync(host.StopAsync()).WithinAsync();
        for (var i = 0; i < 5; i++) time.Advance(s_limit);

        // The clock may jump while the other consumer has the value in hand: that is a stall, too, and it ends.
        Assert.DoesNotContain("Consumer deaf of stream Int32 has recovered from its stall.", host.Log(LogLevel.Information));
        over.Set();
    }

    [Fact]
    public async Task Stall_OverWithNothingMoreToDo_RecoveryIsLogged()
    {
        await using var harness = CreateHarness(services => services.AddStreamx<int>().AddConsumer("slow", (_, _) => default, o => o.StallAfter = s_limit));
        var slow = harness.Stream<int>().Consumer("slow");
        slow.Hold();
        await harness.StartAsync();
        await harness.Stream<int>().PutAsync(1);
        await slow.WaitForValueAsync();
        harness.Time.Advance(s_limit);
        var wasStalled = slow.Status.IsStalled;
        slow.Release();
        await harness.WaitUntilAsync(() => slow.Status is { State: StreamxConsumerState.Idle, IsStalled: false });

        // The consumer logs it as it asks for its next value, which is a moment after it has finished this one.
        await harness.WaitUntilAsync(() => harness.Services.Log(LogLevel.Information).Contains("Consumer slow of stream Int32 has recovered from its stall."));

        Assert.True(wasStalled);
        Assert.Equal(["Consumer slow of stream Int32 has held the value at position 0 for 10.0 s; puts waiting: 0. Action: warn only."], harness.Services.Log(LogLevel.Warning));
    }

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Stall_Over_RecoveryIsLoggedWhenTheValueIsFinished(ConsumerKind kind)
    {
        var (time, release) = (new FakeTimeProvider(), new Signal());
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>().AddFeed(2, staysOpen: true).AddScripted(kind, (_, _) => new ValueTask(release.WaitAsync()), o => o.StallAfter = s_limit);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync(Scripted.Name);
        time.Advance(s_limit);

        // The clock stands still from here on.
        release.Set();
        await host.UntilLoggedAsync(LogLevel.Information, "Consumer scripted of stream Int32 has recovered from its stall.");

        await host.UntilConsumerAsync(Scripted.Name, consumer => consumer.ValuesFinished == 2);
        await host.StopAsync().WithinAsync();
        Assert.Equal(1, host.Log(LogLevel.Information).Count(message => message.Contains("has recovered from its stall", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Slow_ButBelowTheLimit_NeverWarns(ConsumerKind kind)
    {
        await using var harness = CreateHarness(services => services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(6)
            .AddScripted(kind, (_, _) => default, o => o.StallAfter = s_limit));
        var slow = harness.Stream<int>().Consumer(Scripted.Name);
        slow.Hold();
        await harness.StartAsync();

        for (var i = 0; i < 6; i++)
        {
            await slow.WaitForValueAsync();
            harness.Time.Advance(s_limit - TimeSpan.FromMilliseconds(1));
            Assert.False(slow.Status.IsStalled);
            await slow.StepAsync();
        }

        await harness.WaitForEndAsync();
        Assert.Empty(harness.Services.Log(LogLevel.Warning));
    }

    [Fact]
    public async Task Stall_WithoutALimit_NeverWarns()
    {
        await using var harness = CreateHarness(services => services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(2)
            .AddConsumer("slow", (_, _) => default, o => (o.StallAfter, o.OnStall) = (Timeout.InfiniteTimeSpan, StallAction.FaultStream)));
        var slow = harness.Stream<int>().Consumer("slow");
        slow.Hold();
        await harness.StartAsync();
        await harness.Stream<int>().WaitForWaitingPutAsync("slow");

        for (var i = 0; i < 48; i++) harness.Time.Advance(TimeSpan.FromHours(1));
        var isStalled = slow.Status.IsStalled;
        slow.Release();
        var report = await harness.WaitForEndAsync();

        Assert.False(isStalled);
        Assert.Empty(harness.Services.Log(LogLevel.Warning));
        Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
    }

    [Fact]
    public async Task Stall_NothingInHand_NeverWarns()
    {
        var time = new FakeTimeProvider();
        var builder = CreateBuilder(time);
        builder.Services.AddSingleton<Seen<int>>();
        builder.Services.AddStreamx<int>(o => o.Window = 3)
            .AddConsumer("idle", (_, _) => default)
            .AddBatchConsumer<NotingBatches>("filling", o => (o.MaxBatchSize, o.MaxBatchWait) = (3, TimeSpan.FromHours(1)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.Services.GetRequiredService<IStreamWriter<int>>().PutAsync(1).WithinAsync();
        await host.UntilConsumerAsync("idle", consumer => consumer.ValuesFinished == 1);

        for (var i = 0; i < 10; i++) time.Advance(s_limit);

        // A batch that waits for more is not in hand yet.
        Assert.Empty(host.Log(LogLevel.Warning));
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Stall_CountsTheWaitForARetry()
    {
        var time = new FakeTimeProvider();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = TimeSpan.Zero).AddFeed(2).AddConsumer(
            "failing",
            (_, _) => throw new InvalidOperationException("no ink"),
            o => (o.StallAfter, o.Retry) = (s_limit, PolicyHost.Endless()));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync("failing");
        await host.UntilConsumerAsync("failing", consumer => consumer.State == StreamxConsumerState.RetryWait);

        time.Advance(s_limit);

        Assert.Contains("Consumer failing of stream Int32 has held the value at position 0 for 10.0 s; puts waiting: 1. Action: warn only.", host.Log(LogLevel.Warning));
        Assert.True(host.Consumer("failing").IsStalled);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Stall_ConsumerEndsWhileTheTimerIsBeingSet_TimerIsDisposedOfAfterwards()
    {
        var time = new OverlapClock();
        var release = new Signal();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>().AddFeed(1, staysOpen: true)
            .AddConsumer("healthy", (_, _) => default, o => o.StallAfter = Timeout.InfiniteTimeSpan)
            .AddConsumer("slow", (_, _) => new ValueTask(release.WaitAsync()), o => o.StallAfter = s_limit);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilConsumerAsync("slow", consumer => consumer.Subscription is { HoldsValue: true });
        var detached = false;
        time.DuringChange = () => detached = host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("Int32", "slow");

        // The timer looks, and is set again: in the midst of that the consumer is taken out.
        time.Advance(s_limit);
        for (var i = 0; i < 10; i++) time.Advance(s_limit);

        Assert.True(detached);
        Assert.Equal(0, time.Overlaps);
        release.Set();
        await host.StopAsync().WithinAsync();
        host.AssertEndedWell(await host.ReportAsync());
    }

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task OnStall_Detach_OthersGoOn_ItIsToldToGiveUp(ConsumerKind kind)
    {
        var time = new FakeTimeProvider();
        var seen = new Seen<int>();
        var builder = CreateBuilder(time);
        builder.Services.AddSingleton(seen);
        var streamx = builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(5);
        streamx.AddConsumer<NotingConsumer>();
        streamx.AddScripted(
            kind, (_, token) => new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, time, token)), o => (o.StallAfter, o.OnStall) = (s_limit, StallAction.Detach));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync(Scripted.Name);

        time.Advance(s_limit);
        await host.StopRequestedAsync();
        await Until.TrueAsync(() => host.TheStream().Consumers.All(consumer => consumer.Run.IsCompleted));
        await host.StopAsync().WithinAsync();

        Assert.Equal([1, 2, 3, 4, 5], seen[nameof(NotingConsumer)]);
        var report = await host.ReportAsync();
        host.AssertEndedWell(report);
        report.AssertAddsUp();
        var consumer = report.Consumer(Scripted.Name);
        Assert.Equal((0, 1, 4, true), (consumer.Finished, consumer.Aborted, consumer.Undelivered, consumer.HasReturned));
        var status = host.Consumer(Scripted.Name);
        Assert.Equal((StreamxConsumerState.Detached, false, 0), (status.State, status.IsStalled, status.Faults));
        Assert.Contains("Consumer scripted of stream Int32 has held the value at position 0 for 10.0 s; puts waiting: 1. Action: detach it.", host.Log(LogLevel.Warning));
    }

    [Fact]
    public async Task OnStall_Detach_ItFailsLater_OnlyWarns()
    {
        var time = new FakeTimeProvider();
        var release = new Signal();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>().AddFeed(2).AddConsumer("healthy", (_, _) => default).AddConsumer(
            "deaf",
            async (_, _) =>
            {
                await release.WaitAsync();
                throw new InvalidOperationException("no ink");
            },
            o => (o.StallAfter, o.OnStall) = (s_limit, StallAction.Detach));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync("deaf");

        time.Advance(s_limit);
        await host.UntilAsync(status => status.Stream.State == StreamState.Closed);
        release.Set();
        await host.UntilLoggedAsync(LogLevel.Warning, "Consumer deaf of stream Int32 failed after it had left.");
        await host.StopAsync().WithinAsync();

        var report = await host.ReportAsync();
        host.AssertEndedWell(report);
        Assert.Equal((2, 0), (report.Consumer("healthy").Finished, report.Consumer("deaf").Finished));
    }

    [Fact]
    public async Task OnStall_DetachOfTheLastThatGates_FaultsTheStream()
    {
        var time = new FakeTimeProvider();
        var builder = CreateBuilder(time);
        var streamx = builder.Services.AddStreamx<int>().AddFeed(5);
        streamx.AddConsumer("newest", (_, _) => default, o => o.Mode = SubscriptionMode.Latest);
        streamx.AddScripted(
            ConsumerKind.Handler,
            (_, token) => new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, time, token)),
            o => (o.StallAfter, o.OnStall) = (s_limit, StallAction.Detach));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync(Scripted.Name);

        time.Advance(s_limit);
        await host.StopRequestedAsync();
        await host.StopAsync().WithinAsync();

        var report = await host.ReportAsync();
        host.AssertFaulted(report, "No consumer of stream 'Int32' remains: 'scripted', the last one, stalled and was detached.");
        Assert.Equal((0, 1), (report.Consumer(Scripted.Name).Finished, report.Consumer(Scripted.Name).Aborted));
    }

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task OnStall_FaultStream_HostStops_ValueMayStillBeFinished(ConsumerKind kind)
    {
        var time = new FakeTimeProvider();
        var release = new Signal();
        var builder = CreateBuilder(time);
        var streamx = builder.Services.AddStreamx<int>().AddFeed(5);
        streamx.AddConsumer("healthy", (_, _) => default);
        streamx.AddScripted(
            kind, (_, _) => new ValueTask(release.WaitAsync()), o => (o.StallAfter, o.OnStall) = (s_limit, StallAction.FaultStream));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync(Scripted.Name);

        time.Advance(s_limit);
        await host.StopRequestedAsync();
        var stop = host.StopAsync();
        release.Set();
        await stop.WithinAsync();

        var report = await host.ReportAsync();
        host.AssertFaulted(report, "Consumer 'scripted' of stream 'Int32' has held the value at position 0 for 10.0 s, longer than its StallAfter of 10.0 s.");
        Assert.IsType<TimeoutException>(host.TheStream().Fault);
        report.AssertAddsUp();
        Assert.Equal((1, 1), (report.Consumer(Scripted.Name).Finished, report.Consumer("healthy").Finished));
    }

    [Fact]
    public async Task OnStall_FaultStream_ItFailsLater_ThatIsLoggedToo()
    {
        var time = new FakeTimeProvider();
        var release = new Signal();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>().AddFeed(2).AddConsumer(
            "slow",
            async (_, _) =>
            {
                await release.WaitAsync();
                throw new InvalidOperationException("no ink");
            },
            o => (o.StallAfter, o.OnStall) = (s_limit, StallAction.FaultStream));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync("slow");

        time.Advance(s_limit);
        await host.StopRequestedAsync();
        var stop = host.StopAsync();
        release.Set();
        await stop.WithinAsync();

        var errors = host.Services.GetRequiredService<FakeLogCollector>().GetSnapshot().Select(record => record.Exception?.Message);
        Assert.Contains("no ink", errors);
    }
}
