using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
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
        var time = new FakeTimeProvider();
        var seen = new Seen<int>();
        var builder = CreateBuilder(time);
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(4).AddConsumer<NotingConsumer>().AddFailingTwice(
            kind,
            seen,
            o => o.Retry = new RetryOptions { MaxAttempts = 2, Delay = TimeSpan.FromMinutes(1), MaxDelay = TimeSpan.FromMinutes(5) });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.UntilAsync(_ => host.Consumer(Scripted.Name).State == StreamxConsumerState.RetryWait && seen[nameof(NotingConsumer)].Count == 2);
        await host.UntilHeldAsync(Scripted.Name);
        var (waiting, during) = (host.Status().Stream, host.Consumer(Scripted.Name));
        await time.AdvanceUntilAsync(host.StopRequestedAsync());
        await host.StopAsync().WithinAsync();

        Assert.Equal((2, 1), (waiting.ValuesPut, waiting.ValuesWaiting));
        Assert.Equal((1, 1), (during.ValuesFinished, during.Subscription!.Position));
        Assert.Equal([1, 2, 2, 2, 3, 4], seen[Scripted.Name]);
        Assert.Equal([1, 2, 3, 4], seen[nameof(NotingConsumer)]);
        var after = host.Consumer(Scripted.Name);
        Assert.Equal((4, 2, 0, 0), (after.ValuesFinished, after.Retries, after.Faults, after.Restarts));
        var report = await host.ReportAsync();
        host.AssertEndedWell(report);
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
        Assert.Equal(maxAttempts, host.Log(LogLevel.Warning).Count(message => message.Contains("tried again", StringComparison.Ordinal)));
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
        var time = new FakeTimeProvider();
        var tries = new ConcurrentQueue<DateTimeOffset>();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>().AddFeed(1).AddConsumer(
            "failing",
            (_, _) =>
            {
                tries.Enqueue(time.GetUtcNow());
                throw new InvalidOperationException("no ink");
            },
            o => (o.Retry.MaxAttempts, o.Retry.Delay, o.Retry.MaxDelay, o.StallAfter) =
                (15, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await time.AdvanceUntilAsync(host.StopRequestedAsync());
        await host.StopAsync().WithinAsync();

        var waits = host.Services.GetRequiredService<FakeLogCollector>().GetSnapshot()
            .Select(record => record.GetStructuredStateValue("Delay"))
            .OfType<string>()
            .Select(delay => TimeSpan.Parse(delay, System.Globalization.CultureInfo.InvariantCulture))
            .ToList();
        Assert.Equal((15, 16), (waits.Count, tries.Count));
        Assert.InRange(waits[0], TimeSpan.Zero, TimeSpan.FromSeconds(2));
        // With jitter a single wait may be short, but not all that could be long.
        Assert.Equal(TimeSpan.FromSeconds(10), waits.Max());
        var gaps = tries.Zip(tries.Skip(1), (before, after) => after - before);
        Assert.All(gaps.Zip(waits), pair => Assert.True(pair.First + TimeSpan.FromMilliseconds(1) >= pair.Second, $"Waited {pair.First} instead of {pair.Second}."));
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
        public ValueTask ConsumeAsync(ReadOnlyMemory<int> batch, CancellationToken abortToken)
        {
            seen.Add("batches", string.Join(',', batch.ToArray()));
            return seen["batches"].Count < 3 ? throw new InvalidOperationException("no ink") : default;
        }
    }
}
