using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Tests;

public abstract class DetachTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : DetachTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : DetachTests(RegistrationOrder.Reversed);

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Detach_OthersGoOn_HostEndsWell(ConsumerKind kind)
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        var streamx = builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddProducer<HundredProducer>();
        streamx.AddConsumer<NotingConsumer>();
        streamx.AddScripted(
            kind, (value, _) => value == 2 ? throw new InvalidOperationException("no ink") : default, o => o.OnFailure = ConsumerFailure.Detach);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();
        // The host does not wait for the code of one that has left.
        await Until.TrueAsync(() => host.TheStream().Consumers.All(consumer => consumer.Run.IsCompleted));

        Assert.Equal(Enumerable.Range(1, 100), seen[nameof(NotingConsumer)]);
        host.AssertEndedWell(report);
        report.AssertAddsUp();
        var consumer = report.Consumer(Scripted.Name);
        Assert.Equal((1, 1, 98), (consumer.Finished, consumer.Aborted, consumer.Undelivered));
        Assert.Equal((StreamxConsumerState.Detached, 1), (host.Consumer(Scripted.Name).State, host.Consumer(Scripted.Name).Faults));
        Assert.Equal(["Consumer scripted of stream Int32 failed and has left it. In hand: the value at position 1. The other consumers continue."], host.Log(LogLevel.Error));
    }

    [Fact]
    public async Task Detach_RetriesComeFirst()
    {
        var tries = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(3).AddConsumer("healthy", (_, _) => default).AddScripted(
            ConsumerKind.Handler,
            (_, _) => throw new InvalidOperationException($"try {++tries}"),
            o => (o.OnFailure, o.Retry) = (ConsumerFailure.Detach, PolicyHost.AtOnce(2)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(3, tries);
        host.AssertEndedWell(report);
    }

    [Fact]
    public async Task Detach_OfABatch_AllItsValuesCountAsAborted()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (3, true)).AddFeed(5)
            .AddBatchConsumer<FailingBatches>(o => (o.MaxBatchSize, o.MaxBatchWait, o.OnFailure) = (3, TimeSpan.FromHours(1), ConsumerFailure.Detach))
            .AddConsumer("healthy", (_, _) => default);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        var consumer = report.Consumer(nameof(FailingBatches));
        Assert.Equal((0, 3, 2), (consumer.Finished, consumer.Aborted, consumer.Undelivered));
    }

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Detach_OfTheLastThatGates_FaultsTheStream(ConsumerKind kind)
    {
        var builder = CreateBuilder();
        var streamx = builder.Services.AddStreamx<int>().AddProducer<HundredProducer>();
        streamx.AddConsumer("newest", (_, _) => default, o => o.Mode = SubscriptionMode.Latest);
        streamx.AddScripted(
            kind, (value, _) => value == 2 ? throw new InvalidOperationException("no ink") : default, o => o.OnFailure = ConsumerFailure.Detach);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertFaulted(report, "No consumer of stream 'Int32' remains: 'scripted', the last one, failed and was detached.");
        var consumer = report.Consumer(Scripted.Name);
        Assert.Equal((1, 1), (consumer.Finished, consumer.Aborted));
    }

    [Fact]
    public async Task Detach_OneAfterTheOther_OnlyTheLastFaultsTheStream()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddProducer<HundredProducer>()
            .AddConsumer("one", (value, _) => value == 2 ? throw new InvalidOperationException("no ink") : default, o => o.OnFailure = ConsumerFailure.Detach)
            .AddConsumer("two", (value, _) => value == 5 ? throw new InvalidOperationException("no ink") : default, o => o.OnFailure = ConsumerFailure.Detach);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertFaulted(report, "No consumer of stream 'Int32' remains: 'two', the last one, failed and was detached.");
        report.AssertAddsUp();
        Assert.Equal((1, 1), (report.Consumer("one").Finished, report.Consumer("one").Aborted));
        Assert.Equal((4, 1), (report.Consumer("two").Finished, report.Consumer("two").Aborted));
    }

    [Fact]
    public async Task Detach_OfOneThatSeesTheNewest_StreamGoesOnWithTheOneThatGates()
    {
        var failed = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(3)
            .AddConsumer("healthy", (value, _) => value == 2 ? new ValueTask(failed.WaitAsync()) : default)
            .AddScripted(
                ConsumerKind.Handler,
                (_, _) =>
                {
                    failed.Set();
                    throw new InvalidOperationException("no ink");
                },
                o => (o.Mode, o.OnFailure) = (SubscriptionMode.Latest, ConsumerFailure.Detach));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        Assert.Equal(3, report.Consumer("healthy").Finished);
    }

    internal sealed class FailingBatches : IBatchConsumer<int>
    {
        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => throw new InvalidOperationException("no ink");
    }
}
