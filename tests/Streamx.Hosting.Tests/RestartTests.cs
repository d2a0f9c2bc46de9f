using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests;

public abstract class RestartTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : RestartTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : RestartTests(RegistrationOrder.Reversed);

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Consumer_Fails_UnsettledValueAndNoOtherIsDeliveredAgain_SubscriptionIsKept(ConsumerKind kind)
    {
        var time = new FakeTimeProvider();
        var seen = new Seen<int>();
        var builder = CreateBuilder(time);
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(4).AddConsumer<NotingConsumer>().AddFailingTwice(
            kind,
            seen,
            o => (o.OnFailure, o.Restart.Delay, o.Restart.MaxDelay) = (ConsumerFailure.Restart, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.UntilConsumerAsync(Scripted.Name, consumer => consumer.State == StreamxConsumerState.RestartWait);
        await host.UntilHeldAsync(Scripted.Name);
        var (waiting, during) = (host.Status().Stream, host.Consumer(Scripted.Name));
        await time.AdvanceUntilAsync(host.StopRequestedAsync());
        await host.StopAsync().WithinAsync();

        Assert.Equal((2, 1), (waiting.ValuesPut, waiting.ValuesWaiting));
        Assert.Equal((1, 1, 0), (during.ValuesFinished, during.Faults, during.Restarts));
        Assert.Equal([1, 2, 2, 2, 3, 4], seen[Scripted.Name]);
        Assert.Equal([1, 2, 3, 4], seen[nameof(NotingConsumer)]);
        var after = host.Consumer(Scripted.Name);
        Assert.Equal((4, 2, 2, 0), (after.ValuesFinished, after.Faults, after.Restarts, after.Retries));
        // One stay in the stream, from the first value to the last.
        Assert.Equal((4, 0), (after.Subscription!.ValuesFinished, after.Subscription.ValuesAbandoned));
        var report = await host.ReportAsync();
        host.AssertEndedWell(report);
        report.AssertAddsUp();
    }

    [Fact]
    public async Task Handler_KeptForTheRun_IsReplacedAndDisposedAtEachRestart()
    {
        var instances = new ConcurrentQueue<Counting>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(instances);
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(4).AddConsumer<Counting>(
            o => (o.ScopePerValue, o.OnFailure, o.Restart) = (false, ConsumerFailure.Restart, PolicyHost.AtOnce(1)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        // Each instance fails on the second value it gets.
        Assert.Equal([[1, 2], [2, 3], [3, 4], [4]], instances.Select(instance => instance.Values));
        Assert.All(instances, instance => Assert.True(instance.IsDisposed));
    }

    [Fact]
    public async Task Loop_EachRunHasAnInstanceOfItsOwn()
    {
        var runs = new ConcurrentQueue<FailingOnceLoop>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(runs);
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(3).AddStreamConsumer<FailingOnceLoop>(
            o => (o.OnFailure, o.Restart) = (ConsumerFailure.Restart, PolicyHost.AtOnce(1)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        // The second run fails at the end of the stream, and the third finds nothing left.
        Assert.Equal([[1, 2], [2, 3], []], runs.Select(run => run.Values));
        Assert.Equal(3, report.Consumer(nameof(FailingOnceLoop)).Finished);
    }

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Consumer_SettlesAValue_CountBeginsAnew(ConsumerKind kind)
    {
        var tried = new HashSet<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(10).AddScripted(
            kind,
            (value, _) => tried.Add(value) ? throw new InvalidOperationException("no ink") : default,
            o => (o.OnFailure, o.Restart) = (ConsumerFailure.Restart, PolicyHost.AtOnce(1)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        Assert.Equal(10, report.Consumer(Scripted.Name).Finished);
        Assert.Equal((10, 10), (host.Consumer(Scripted.Name).Restarts, host.Consumer(Scripted.Name).Faults));
    }

    [Theory]
    [InlineData(0, ConsumerKind.Handler)]
    [InlineData(2, ConsumerKind.Handler)]
    [InlineData(0, ConsumerKind.Batch)]
    [InlineData(2, ConsumerKind.Batch)]
    [InlineData(0, ConsumerKind.Loop)]
    [InlineData(2, ConsumerKind.Loop)]
    public async Task Consumer_RestartsAreUsedUp_StreamFaultsWithTheLastError(int maxAttempts, ConsumerKind kind)
    {
        var tries = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddProducer<HundredProducer>().AddConsumer("healthy", (_, _) => default).AddScripted(
            kind,
            (value, _) => value == 3 ? throw new InvalidOperationException($"try {++tries}") : default,
            o => (o.OnFailure, o.Restart) = (ConsumerFailure.Restart, PolicyHost.AtOnce(maxAttempts)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(maxAttempts + 1, tries);
        host.AssertFaulted(report, $"try {maxAttempts + 1}");
        report.AssertAddsUp();
        Assert.Equal((2, 1), (report.Consumer(Scripted.Name).Finished, report.Consumer(Scripted.Name).Aborted));
        var status = host.Consumer(Scripted.Name);
        Assert.Equal((maxAttempts, maxAttempts + 1, StreamxConsumerState.Failed), (status.Restarts, status.Faults, status.State));
    }

    [Fact]
    public async Task Consumer_RetriesComeFirst_InEachRestart()
    {
        var tries = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddFeed(1).AddScripted(
            ConsumerKind.Handler,
            (_, _) => throw new InvalidOperationException($"try {++tries}"),
            o => (o.OnFailure, o.Retry, o.Restart) = (ConsumerFailure.Restart, PolicyHost.AtOnce(2), PolicyHost.AtOnce(1)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertFaulted(report, "try 6");
        var status = host.Consumer(Scripted.Name);
        Assert.Equal((4, 1, 2), (status.Retries, status.Restarts, status.Faults));
    }

    [Fact]
    public async Task Loop_AbortDuringTheWait_EndsAtOnce()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.Window, o.DrainTimeout) = (3, TimeSpan.Zero)).AddFeed(3).AddScripted(
            ConsumerKind.Loop,
            (value, _) => value == 2 ? throw new InvalidOperationException("no ink") : default,
            o => (o.OnFailure, o.Restart) = (ConsumerFailure.Restart, PolicyHost.Endless()));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilAsync(status => status.Stream.ValuesPut == 3 && status.Consumers[0].State == StreamxConsumerState.RestartWait);

        await host.StopAsync().WithinAsync();

        var report = await host.ReportAsync();
        Assert.Equal(ShutdownOutcome.Aborted, Assert.Single(report.Streams).Outcome);
        var consumer = report.Consumer(Scripted.Name);
        Assert.Equal((1, 1, 1, true), (consumer.Finished, consumer.Aborted, consumer.Undelivered, consumer.HasReturned));
    }

    [Fact]
    public async Task Producer_Fails_IsStartedAgain_CountBeginsAnewOnceItHasPut()
    {
        var runs = 0;
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddConsumer<NotingConsumer>().AddProducer(
            "feed",
            async (stream, token) =>
            {
                // Of every three runs two fail before a put and one after it.
                var run = ++runs;
                if (run == 13) return;
                if (run % 3 == 0) await stream.PutAsync(run, token);
                throw new InvalidOperationException("source gone");
            },
            o => (o.OnFailure, o.Restart) = (ProducerFailure.Restart, PolicyHost.AtOnce(3)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        Assert.Equal([3, 6, 9, 12], seen[nameof(NotingConsumer)]);
        var status = host.Producer();
        Assert.Equal((12, 12, StreamxProducerState.Ended), (status.Restarts, status.Faults, status.State));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Producer_RestartsAreUsedUp_StreamFaultsWithTheLastError(int maxAttempts)
    {
        var runs = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddConsumer("any", (_, _) => default).AddProducer(
            "feed",
            (_, _) => throw new InvalidOperationException($"run {++runs}"),
            o => (o.OnFailure, o.Restart) = (ProducerFailure.Restart, PolicyHost.AtOnce(maxAttempts)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertFaulted(report, $"run {maxAttempts + 1}");
        var status = host.Producer();
        Assert.Equal((maxAttempts, maxAttempts + 1, StreamxProducerState.Failed), (status.Restarts, status.Faults, status.State));
    }

    [Fact]
    public async Task Producer_PutsAndFailsOverAndOver_LastRunWithoutAPutIsWhatCounts()
    {
        var runs = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddConsumer("any", (_, _) => default).AddProducer(
            "feed",
            async (stream, token) =>
            {
                var run = ++runs;
                if (run <= 5) await stream.PutAsync(run, token);
                throw new InvalidOperationException($"run {run}");
            },
            o => (o.OnFailure, o.Restart) = (ProducerFailure.Restart, PolicyHost.AtOnce(2)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        // Run 5 put, so it is as good as a first one.
        host.AssertFaulted(report, "run 7");
        Assert.Equal(5, Assert.Single(report.Streams).ValuesAccepted);
    }

    [Fact]
    public async Task Producer_StopDuringItsWait_EndsAtOnce()
    {
        var time = new FakeTimeProvider();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>().AddConsumer("any", (_, _) => default).AddProducer(
            "feed",
            async (stream, token) =>
            {
                await stream.PutAsync(1, token);
                throw new InvalidOperationException("source gone");
            },
            o => (o.OnFailure, o.Restart) = (ProducerFailure.Restart, PolicyHost.Endless()));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => host.Producer().State == StreamxProducerState.RestartWait);

        await host.StopAsync().WithinAsync();

        // The clock stood still.
        var report = await host.ReportAsync();
        Assert.Equal(TimeSpan.Zero, report.Elapsed);
        host.AssertEndedWell(report);
        Assert.Equal((0, 1, StreamxProducerState.Ended), (host.Producer().Restarts, host.Producer().Faults, host.Producer().State));
    }

    [Theory]
    [InlineData(ProducerFailure.FaultStream, 0)]
    [InlineData(ProducerFailure.Restart, 0)]
    [InlineData(ProducerFailure.Restart, 2)]
    public async Task Producer_FailsAfterTheStopHasBegun_StreamFaultsWhateverItsPolicy(ProducerFailure policy, int failuresBefore)
    {
        var runs = 0;
        var lastRun = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddConsumer("any", (_, _) => default).AddProducer(
            "feed",
            async (_, token) =>
            {
                if (runs++ < failuresBefore) throw new InvalidOperationException("source gone");
                lastRun.Set();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token).ContinueWith(_ => { }, TaskScheduler.Default);
                throw new InvalidOperationException("the position could not be saved");
            },
            o => (o.OnFailure, o.Restart) = (policy, PolicyHost.AtOnce(5)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await lastRun.WaitAsync();

        await host.StopAsync().WithinAsync();

        host.AssertFaulted(await host.ReportAsync(), "the position could not be saved");
        Assert.Contains("Producer feed of stream Int32 failed.", host.Log(LogLevel.Error));
        var status = host.Producer();
        Assert.Equal((failuresBefore, failuresBefore + 1, StreamxProducerState.Failed), (status.Restarts, status.Faults, status.State));
    }

    [Theory]
    [InlineData(ConsumerFailure.FaultStream, 0)]
    [InlineData(ConsumerFailure.FaultStream, 3)]
    [InlineData(ConsumerFailure.Restart, 0)]
    [InlineData(ConsumerFailure.Restart, 3)]
    public async Task Consumer_FailsAfterTheAbort_IsAFailureWhateverItsPolicy(ConsumerFailure policy, int retries)
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = TimeSpan.Zero).AddFeed(1, staysOpen: true).AddScripted(
            ConsumerKind.Handler,
            async (_, token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token).ContinueWith(_ => { }, TaskScheduler.Default);
                throw new InvalidOperationException("the transaction could not be rolled back");
            },
            o => (o.OnFailure, o.Retry, o.Restart) = (policy, PolicyHost.AtOnce(retries), PolicyHost.AtOnce(5)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilConsumerAsync(Scripted.Name, consumer => consumer.Subscription is { HoldsValue: true });

        await host.StopAsync().WithinAsync();

        var report = await host.ReportAsync();
        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Contains("Consumer scripted of stream Int32 failed. In hand: the value at position 0.", host.Log(LogLevel.Error));
        Assert.Equal((0, 1), (report.Consumer(Scripted.Name).Finished, report.Consumer(Scripted.Name).Aborted));
        var status = host.Consumer(Scripted.Name);
        Assert.Equal((0, 0, 1), (status.Retries, status.Restarts, status.Faults));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Start_LoopThatIsToRetryOrSkip_FailsNamingTheSetting(bool skip, bool fromConfiguration)
    {
        var setting = skip ? "Streamx:orders:Consumers:scripted:OnFailure" : "Streamx:orders:Consumers:scripted:Retry";
        (string, string?)[] configuration = fromConfiguration ? [skip ? (setting, "Skip") : ($"{setting}:MaxAttempts", "1")] : [];
        var builder = CreateBuilder(configuration);
        builder.Services.AddStreamx<int>("orders").AddScripted(ConsumerKind.Loop, (_, _) => default, o =>
        {
            if (fromConfiguration) return;
            if (skip) o.OnFailure = ConsumerFailure.Skip;
            else o.Retry.MaxAttempts = 1;
        });
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.Contains(skip ? $"{setting} cannot be Skip for stream consumers" : $"{setting} is not for stream consumers", error.Message, StringComparison.Ordinal);
    }

    internal sealed class Counting : IConsumer<int>, IDisposable
    {
        public Counting(ConcurrentQueue<Counting> instances) => instances.Enqueue(this);

        public List<int> Values { get; } = [];

        public bool IsDisposed { get; private set; }

        public ValueTask ConsumeAsync(int value, CancellationToken abortToken)
        {
            Values.Add(value);
            return Values.Count == 2 ? throw new InvalidOperationException("no ink") : default;
        }

        public void Dispose() => IsDisposed = true;
    }

    internal sealed class FailingOnceLoop : IStreamConsumer<int>
    {
        private readonly int _run;

        public FailingOnceLoop(ConcurrentQueue<FailingOnceLoop> runs)
        {
            runs.Enqueue(this);
            _run = runs.Count;
        }

        public List<int> Values { get; } = [];

        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var value in stream)
            {
                Values.Add(value);
                if (_run == 1 && value == 2) throw new InvalidOperationException("no ink");
            }

            if (_run == 2) throw new InvalidOperationException("the commit failed");
        }
    }
}
