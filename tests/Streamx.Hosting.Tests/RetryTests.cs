using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests;

public abstract class RetryTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : RetryTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : RetryTests(RegistrationOrder.Reversed);

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    public async Task Retry_ThirdTrySucceeds_ValueIsHeldMeanwhile_OthersAreNotAffected(ConsumerKind kind)
    {
        await using var harness = CreateHarness(services => services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(4)
            .AddConsumer("other", (_, _) => default)
            .AddScripted(kind, (_, _) => default, o => o.Retry = new RetryOptions { MaxAttempts = 2, Delay = TimeSpan.FromMinutes(1), MaxDelay = TimeSpan.FromMinutes(5) }));
        var stream = harness.Stream<int>();
        var failing = stream.Consumer(Scripted.Name);
        failing.Hold();
        await harness.StartAsync();
        await failing.StepAsync();

        failing.FailNext(new InvalidOperationException("no ink"), times: 2);
        failing.Release();
        var first = await failing.WaitForBackoffAsync();
        await stream.WaitForWaitingPutAsync(Scripted.Name);
        var (waiting, during) = (stream.Status.Stream, failing.Status);
        harness.Time.Advance(first);
        harness.Time.Advance(await failing.WaitForBackoffAsync());
        var report = await harness.WaitForEndAsync();

        Assert.Equal((2, 1), (waiting.ValuesPut, waiting.ValuesWaiting));
        Assert.Equal((StreamxConsumerState.RetryWait, 1, 1), (during.State, during.ValuesFinished, during.Subscription!.Position));
        Assert.Equal(2, failing.Failures.Count);
        Assert.Equal([1, 2, 3, 4], failing.Finished);
        Assert.Equal([1, 2, 3, 4], stream.Consumer("other").Finished);
        Assert.Equal((4, 2, 0, 0), (failing.Status.ValuesFinished, failing.Status.Retries, failing.Status.Faults, failing.Status.Restarts));
        Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
        report.AssertAddsUp();
        Assert.Equal(4, report.Consumer(Scripted.Name).Finished);
    }

    [Theory]
    [InlineData(0, ConsumerKind.Handler)]
    [InlineData(1, ConsumerKind.Handler)]
    [InlineData(3, ConsumerKind.Handler)]
    [InlineData(3, ConsumerKind.Batch)]
    public async Task Retry_NeverSucceeds_IsTriedAsOftenAsSet_ThenFaultsWithTheLastError(int maxAttempts, ConsumerKind kind)
    {
        var tries = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddFeed(1).AddScripted(
            kind, (_, _) => throw new InvalidOperationException($"try {++tries}"), o => o.Retry = PolicyHost.AtOnce(maxAttempts));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(maxAttempts + 1, tries);
        host.AssertFaulted(report, $"try {maxAttempts + 1}");
        report.AssertAddsUp();
        Assert.Equal((0, 1), (report.Consumer(Scripted.Name).Finished, report.Consumer(Scripted.Name).Aborted));
        var status = host.Consumer(Scripted.Name);
        Assert.Equal((maxAttempts, 1, StreamxConsumerState.Failed), (status.Retries, status.Faults, status.State));
        Assert.Equal(maxAttempts, host.Log(LogLevel.Warning).Count(message => message.Contains("tries again", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Retry_EachValueHasItsOwnTries()
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(5).AddScripted(
            ConsumerKind.Handler,
            (value, _) =>
            {
                seen.Add("tries", value);
                return seen["tries"].Count(other => other == value) < 3 ? throw new InvalidOperationException("no ink") : default;
            },
            o => o.Retry = PolicyHost.AtOnce(2));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        Assert.Equal([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5], seen["tries"]);
        Assert.Equal(10, host.Consumer(Scripted.Name).Retries);
    }

    [Fact]
    public async Task Retry_HandlersOwnCancellation_IsAFailureLikeAnyOther()
    {
        var tries = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(1).AddConsumer(
            "timeout", (_, _) => ++tries < 3 ? throw new TaskCanceledException("the request timed out") : default, o => o.Retry = PolicyHost.AtOnce(2));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(3, tries);
        host.AssertEndedWell(report);
        Assert.Equal(1, report.Consumer("timeout").Finished);
    }

    [Fact]
    public async Task Retry_Batch_IsTriedWholeAgain()
    {
        var seen = new Seen<string>();
        var full = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        var streamx = builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (3, true)).AddFeed(6);
        streamx.AddConsumer("healthy", (_, _) => default);
        streamx.AddBatchConsumer<TwiceFailingBatches>("batches", o =>
        {
            (o.MaxBatchSize, o.MaxBatchWait) = (3, TimeSpan.FromHours(1));
            o.Retry = PolicyHost.AtOnce(2);
        });
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(["1,2,3", "1,2,3", "1,2,3", "4,5,6"], seen["batches"]);
        host.AssertEndedWell(report);
        report.AssertAddsUp();
        Assert.Equal(6, report.Consumer("batches").Finished);
        Assert.Equal(2, host.Consumer("batches").Retries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Retry_AbortDuringTheWait_EndsItAtOnce_ValueCountsAsAborted(bool restart)
    {
        var time = new FakeTimeProvider();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => (o.Window, o.DrainTimeout) = (3, TimeSpan.FromSeconds(10))).AddFeed(3, staysOpen: true).AddScripted(
            ConsumerKind.Handler,
            (value, _) => value == 2 ? throw new InvalidOperationException("no ink") : default,
            o => (o.Retry, o.OnFailure, o.Restart) = restart
                ? (o.Retry, ConsumerFailure.Restart, PolicyHost.Endless())
                : (PolicyHost.Endless(3), ConsumerFailure.FaultStream, o.Restart));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilAsync(status => status.Stream.ValuesPut == 3
            && status.Consumers[0].State == (restart ? StreamxConsumerState.RestartWait : StreamxConsumerState.RetryWait));

        var stop = host.StopAsync();
        await host.UntilAsync(status => status.Stream.State != StreamState.Open);
        time.Advance(TimeSpan.FromSeconds(10));
        await stop.WithinAsync();

        // The clock did not move again: nobody waited for the rest.
        var report = await host.ReportAsync();
        Assert.Equal(TimeSpan.FromSeconds(10), report.Elapsed);
        Assert.Equal(ShutdownOutcome.Aborted, Assert.Single(report.Streams).Outcome);
        var consumer = report.Consumer(Scripted.Name);
        Assert.Equal((1, 1, 1, true), (consumer.Finished, consumer.Aborted, consumer.Undelivered, consumer.HasReturned));
    }

    [Fact]
    public async Task Retry_Waits_GrowUpToTheMaximum_AndAreMadeOnTheClock()
    {
        await using var harness = CreateHarness(services => services.AddStreamx<int>().AddFeed(1).AddConsumer(
            "failing",
            (_, _) => throw new InvalidOperationException("no ink"),
            o => (o.Retry.MaxAttempts, o.Retry.Delay, o.Retry.MaxDelay) = (15, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10))));
        var failing = harness.Stream<int>().Consumer("failing");
        List<TimeSpan> waits = [];
        await harness.StartAsync();

        for (var i = 0; i < 15; i++)
        {
            waits.Add(await failing.WaitForBackoffAsync());
            harness.Time.Advance(waits[^1]);
        }

        await harness.WaitForEndAsync();

        Assert.Equal(16, failing.Failures.Count);
        Assert.InRange(waits[0], TimeSpan.Zero, TimeSpan.FromSeconds(2));
        // With jitter a single wait may be short, but not all that could be long.
        Assert.Equal(TimeSpan.FromSeconds(10), waits.Max());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Retry_HandlerCannotBeBuiltAtFirst_IsBuiltLater(bool scopePerValue)
    {
        var seen = new Seen<int>();
        var attempts = 0;
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        builder.Services.AddScoped(_ => ++attempts < 3 ? throw new InvalidOperationException("no database yet") : new NotingConsumer(seen));
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(2)
            .AddConsumer<NotingConsumer>(o => (o.ScopePerValue, o.Retry) = (scopePerValue, PolicyHost.AtOnce(2)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        Assert.Equal([1, 2], seen[nameof(NotingConsumer)]);
    }

    internal sealed class TwiceFailingBatches(Seen<string> seen) : IBatchConsumer<int>
    {
        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
        {
            seen.Add("batches", string.Join(',', batch.ToArray()));
            return seen["batches"].Count < 3 ? throw new InvalidOperationException("no ink") : default;
        }
    }
}
