using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>A consumer that handles several values at once, in any order.</summary>
public abstract class ConcurrencyTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : ConcurrencyTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : ConcurrencyTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task Concurrency_MoreValuesThanSlots_SoManyAtOnceAndTheOldestNext()
    {
        var calls = new HeldCalls();
        using var host = await StartAsync(10, window: 8, calls, o => o.Concurrency = 3);
        await calls.UntilInHandAsync(1, 2, 3);

        calls.End(2);
        await calls.UntilInHandAsync(1, 3, 4);
        calls.End(4);
        await calls.UntilInHandAsync(1, 3, 5);
        calls.Open();
        var report = await EndAsync(host);

        host.AssertEndedWell(report);
        Assert.Equal(3, calls.Most);
        Assert.Equal(Enumerable.Range(1, 10), calls.Begun.Order());
        Assert.Equal((10, 0, 0), Counts(report));
    }

    [Fact]
    public async Task Concurrency_OldestUnfinished_PutsWaitForItAndTheOthersGoOn()
    {
        var calls = new HeldCalls();
        using var host = await StartAsync(20, window: 4, calls, o => o.Concurrency = 2);
        await calls.UntilInHandAsync(1, 2);

        foreach (var value in (int[])[2, 3, 4])
        {
            await calls.UntilInHandAsync(1, value);
            calls.End(value);
        }

        await host.UntilAsync(status => status.Stream is { ValuesWaiting: 1 } && calls.InHand is [1]);
        var consumer = host.Consumer("slots");
        Assert.Equal((3, 0, 1), (consumer.Subscription!.ValuesFinished, consumer.Subscription.Position, consumer.Subscription.Lag));
        Assert.True(consumer.Subscription.IsGating);
        calls.End(1);
        await calls.UntilInHandAsync(5, 6);
        calls.Open();
        Assert.Equal((20, 0, 0), Counts(await EndAsync(host)));
    }

    [Fact]
    public async Task FaultStream_OtherCallsUnderWay_EndAndCountButNoneBegins()
    {
        var calls = new HeldCalls();
        using var host = await StartAsync(10, window: 8, calls, o => o.Concurrency = 3);
        await calls.UntilInHandAsync(1, 2, 3);

        calls.Fail(2);
        await host.UntilAsync(status => status.Stream.State == StreamState.Faulted);
        calls.End(1);
        await calls.UntilInHandAsync(3);
        calls.End(3);
        var report = await EndAsync(host);

        host.AssertFaulted(report, "2 failed");
        report.AssertAddsUp();
        Assert.Equal([1, 2, 3], calls.Begun.Order());
        var consumer = report.Consumer("slots");
        Assert.Equal((2, 1, true), (consumer.Finished, consumer.Aborted, consumer.HasReturned));
    }

    [Fact]
    public async Task Detach_OtherCallsUnderWay_PutsGoOnAndTheyCountAsAbandoned()
    {
        var calls = new HeldCalls();
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (3, true)).AddFeed(10)
            .AddConsumer("slots", Unstoppable(calls), o => (o.Concurrency, o.OnFailure) = (3, ConsumerFailure.Detach))
            .AddConsumer<NotingConsumer>();
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await calls.UntilInHandAsync(1, 2, 3);

        calls.Fail(2);
        await Until.TrueAsync(() => seen[nameof(NotingConsumer)].Count == 10);
        calls.End(1);
        calls.End(3);
        var report = await EndAsync(host);

        host.AssertEndedWell(report);
        report.AssertAddsUp();
        Assert.Equal([1, 2, 3], calls.Begun.Order());
        var consumer = report.Consumer("slots");
        Assert.Equal((0, 3, 7), (consumer.Finished, consumer.Aborted, consumer.Undelivered));
    }

    [Fact]
    public async Task Operator_DetachesAndAttaches_SlotsBeginAnew()
    {
        var calls = new HeldCalls();
        using var host = await StartAsync(10, window: 4, calls, o => o.Concurrency = 2, withOther: true);
        await calls.UntilInHandAsync(1, 2);
        var control = host.Services.GetRequiredService<IStreamxControl>();

        Assert.True(control.DetachConsumer("Int32", "slots"));
        await calls.UntilInHandAsync();
        await host.UntilConsumerAsync("slots", consumer => consumer.State == StreamxConsumerState.Detached);
        await Until.TrueAsync(() => host.TheStream().FindConsumer("slots")!.Run.IsCompleted);
        calls.Open();
        var isAttached = host.Status().Stream.State == StreamState.Open && control.AttachConsumer("Int32", "slots");
        var report = await EndAsync(host);

        report.AssertAddsUp();
        var consumer = report.Consumer("slots");
        Assert.Equal(2, consumer.Aborted);
        Assert.True(isAttached || consumer.Finished == 0);
    }

    [Fact]
    public async Task Skip_SeveralAtOnce_EachHasItsOutcome()
    {
        var letters = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (8, true)).AddFeed(40)
            .AddConsumer(
                "slots",
                async (value, _) =>
                {
                    await Task.Yield();
                    if (value % 4 == 0) throw new InvalidOperationException("no ink");
                },
                o => (o.Concurrency, o.OnFailure, o.Retry) = (4, ConsumerFailure.Skip, PolicyHost.AtOnce(1)))
            .AddDeadLetterHandler<Counting>();
        builder.Services.AddSingleton(new Counter(() => Interlocked.Increment(ref letters)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        report.AssertAddsUp();
        Assert.Equal((30, 0, 10, 10), (report.Consumer("slots").Finished, report.Consumer("slots").Skipped, report.Consumer("slots").DeadLettered, letters));
        Assert.Equal(10, host.Consumer("slots").Retries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restart_OneSlotFails_ItsHandlerIsCreatedAgain(bool scopePerValue)
    {
        var built = 0;
        var builder = CreateBuilder();
        builder.Services.AddScoped(_ => new FailingOnce(Interlocked.Increment(ref built), scopePerValue));
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (4, true)).AddFeed(30)
            .AddConsumer<FailingOnce>("slots", o => (o.Concurrency, o.ScopePerValue, o.OnFailure, o.Restart) = (3, scopePerValue, ConsumerFailure.Restart, PolicyHost.AtOnce(5)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        Assert.Equal((30, 0, 0), Counts(report));
        Assert.True(host.Consumer("slots").Restarts > 0);
        if (!scopePerValue) Assert.Equal(1 + host.Consumer("slots").Restarts, built);
    }

    [Fact]
    public async Task Abort_CallsUnderWay_AreAbortedAndTheRestIsUndelivered()
    {
        var calls = new HeldCalls();
        var builder = CreateBuilder();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(300));
        builder.Services.AddStreamx<int>(o => o.Window = 5).AddFeed(5, staysOpen: true).AddConsumer("slots", calls.HandleAsync, o => o.Concurrency = 3);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await calls.UntilInHandAsync(1, 2, 3);
        await host.UntilAsync(status => status.Stream.ValuesPut == 5);
        calls.End(2);
        await calls.UntilInHandAsync(1, 3, 4);

        await host.StopAsync().WithinAsync();
        var report = await host.ReportAsync();

        report.AssertAddsUp();
        var consumer = report.Consumer("slots");
        Assert.Equal((1, 3, 1), (consumer.Finished, consumer.Aborted, consumer.Undelivered));
        Assert.Equal([1, 2, 3, 4], calls.Begun.Order());
    }

    [Fact]
    public async Task PutIntoItsOwnStream_FromAnySlot_IsRefused()
    {
        var refused = 0;
        var builder = CreateBuilder();
        IStreamWriter<int>? writer = null;
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (4, true)).AddFeed(12).AddConsumer(
            "slots",
            async (value, _) =>
            {
                await Task.Yield();
                await Assert.ThrowsAsync<InvalidOperationException>(() => writer!.PutAsync(value, CancellationToken.None).AsTask());
                Interlocked.Increment(ref refused);
            },
            o => o.Concurrency = 3);
        using var host = builder.Build();
        writer = host.Services.GetRequiredService<IStreamWriter<int>>();

        var report = await host.RunToReportAsync();

        Assert.Equal(12, refused);
        Assert.Equal((12, 0, 0), Counts(report));
    }

    [Fact]
    public async Task Handler_ChangesItsAmbientState_NoOtherValueSeesIt()
    {
        var ambient = new AsyncLocal<int>();
        var strangers = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (8, true)).AddFeed(200).AddConsumer(
            "slots",
            (value, _) =>
            {
                if (ambient.Value != 0) Interlocked.Increment(ref strangers);
                ambient.Value = value;
                return value % 3 == 0 ? new ValueTask(Task.Run(() => { })) : default;
            },
            o => o.Concurrency = 4);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(0, strangers);
        Assert.Equal((200, 0, 0), Counts(report));
    }

    [Fact]
    public async Task Stall_ValueThatHasBecomeTheOldest_IsNoticedOnTime()
    {
        var time = new FakeTimeProvider();
        var calls = new HeldCalls();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.Window = 4).AddConsumer("slots", calls.HandleAsync, o => (o.Concurrency, o.StallAfter) = (2, TimeSpan.FromSeconds(10)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        time.Advance(TimeSpan.FromSeconds(4));
        await writer.PutAsync(1).AsTask().WithinAsync();
        await writer.PutAsync(2).AsTask().WithinAsync();
        await calls.UntilInHandAsync(1, 2);
        time.Advance(TimeSpan.FromSeconds(6));
        time.Advance(TimeSpan.FromSeconds(2));
        calls.End(1);
        await host.UntilConsumerAsync("slots", consumer => consumer.ValuesFinished == 1);
        var before = host.Consumer("slots").IsStalled;

        time.Advance(TimeSpan.FromSeconds(2));

        Assert.False(before);
        Assert.True(host.Consumer("slots").IsStalled);
        calls.Open();
        await host.UntilConsumerAsync("slots", consumer => consumer.ValuesFinished == 2);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task BlockingHandlers_RunAtTheSameTime()
    {
        // Each call blocks its thread until all of them have begun.
        using var together = new Barrier(3);
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (3, true)).AddFeed(9).AddConsumer(
            "slots",
            (_, _) =>
            {
                Assert.True(together.SignalAndWait(Bounded.Limit));
                return default;
            },
            o => o.Concurrency = 3);
        using var host = builder.Build();

        Assert.Equal((9, 0, 0), Counts(await host.RunToReportAsync()));
    }

    private async Task<IHost> StartAsync(int values, int window, HeldCalls calls, Action<ConsumerOptions> configure, bool withOther = false)
    {
        var builder = CreateBuilder();
        var streamx = builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (window, true)).AddFeed(values).AddConsumer("slots", calls.HandleAsync, configure);
        if (withOther) streamx.AddConsumer("other", (_, _) => default);
        var host = builder.Build();
        await host.StartAsync().WithinAsync();
        return host;
    }

    private static async Task<ShutdownReport> EndAsync(IHost host)
    {
        await host.StopRequestedAsync();
        await host.StopAsync().WithinAsync();
        return await host.ReportAsync();
    }

    private static (long Finished, long Aborted, long Undelivered) Counts(ShutdownReport report)
    {
        var consumer = report.Consumer("slots");
        return (consumer.Finished, consumer.Aborted, consumer.Undelivered);
    }

    /// <summary>Calls that do not end when they are told to give up.</summary>
    private static Func<int, CancellationToken, ValueTask> Unstoppable(HeldCalls calls) => (value, _) => calls.HandleAsync(value, CancellationToken.None);

    internal sealed record Counter(Action Count);

    internal sealed class Counting(Counter counter) : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken)
        {
            counter.Count();
            return default;
        }
    }

    /// <summary>The first instance fails on the value 7, or, where each value has an instance, every third.</summary>
    internal sealed class FailingOnce(int number, bool perValue) : IConsumer<int>
    {
        public async ValueTask ConsumeAsync(int value, CancellationToken abortToken)
        {
            await Task.Yield();
            if (perValue ? number % 3 == 0 : number == 1 && value == 7) throw new InvalidOperationException("no ink");
        }
    }
}
