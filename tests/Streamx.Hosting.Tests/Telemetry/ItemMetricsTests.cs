namespace Streamx.Hosting.Tests.Telemetry;

public class ItemMetricsTests
{
    public static TheoryData<ConsumerKind> Kinds => [ConsumerKind.Handler, ConsumerKind.Batch, ConsumerKind.Loop];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Values_Finished_AreCountedAndTimedOneByOne(ConsumerKind kind)
    {
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(o => o.Window = 8).AddFeed(100).AddScripted(kind, (_, _) => default));
        await host.DrainedAsync();
        var report = await host.StopAsync();

        Assert.Equal(100, report.Consumer(Scripted.Name).Finished);
        Assert.Equal(100, Items(host, "finished"));
        Assert.Equal(100, host.Metrics.Of(StreamxInstruments.ConsumerProcessDuration).Count);
        Assert.All(host.Metrics.Of(StreamxInstruments.ConsumerProcessDuration), duration => Assert.False(duration.Tags.ContainsKey(StreamxTags.ErrorType)));
    }

    [Theory]
    [InlineData(ConsumerKind.Handler, false)]
    [InlineData(ConsumerKind.Handler, true)]
    [InlineData(ConsumerKind.Batch, false)]
    [InlineData(ConsumerKind.Batch, true)]
    public async Task Values_SkippedOrDeadLettered_AreCountedAsThat_AndTimedWithTheError(ConsumerKind kind, bool isTaken)
    {
        await using var host = await MeasuredHost.StartAsync(services =>
        {
            var streamx = services.AddStreamx<int>().AddFeed(10).AddScripted(
                kind, (value, _) => value % 2 == 0 ? throw new FormatException() : default, o => o.OnFailure = ConsumerFailure.Skip);
            if (isTaken) streamx.AddDeadLetterHandler<Taking>();
        });
        await host.DrainedAsync();
        var report = await host.StopAsync();

        Assert.Equal((5, 5), (report.Consumer(Scripted.Name).Finished, report.Consumer(Scripted.Name).Skipped + report.Consumer(Scripted.Name).DeadLettered));
        Assert.Equal((5, isTaken ? 0 : 5, isTaken ? 5 : 0, 0), (Items(host, "finished"), Items(host, "skipped"), Items(host, "dead_lettered"), Items(host, "abandoned")));
        Assert.Equal(5, host.Metrics.Of(StreamxInstruments.ConsumerProcessDuration, (StreamxTags.ErrorType, "System.FormatException")).Count);
        Assert.Equal(5, host.Metrics.Of(StreamxInstruments.ConsumerProcessDuration, (StreamxTags.ErrorType, null)).Count);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ConsumerFails_ValueInHandIsAbandoned_AndTimedWithTheError(ConsumerKind kind)
    {
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddFeed(3).AddScripted(
            kind, (value, _) => value == 2 ? throw new FormatException() : default));
        await host.Host.StopRequestedAsync();
        var report = await host.StopAsync();

        Assert.Equal((1, 1), (report.Consumer(Scripted.Name).Finished, report.Consumer(Scripted.Name).Aborted));
        Assert.Equal((1, 1), (Items(host, "finished"), Items(host, "abandoned")));
        Assert.Single(host.Metrics.Of(StreamxInstruments.ConsumerProcessDuration, (StreamxTags.ErrorType, "System.FormatException")));
        Assert.Equal(1, host.Metrics.Sum(StreamxInstruments.WorkerFaults, (StreamxTags.WorkerName, Scripted.Name)));
        Assert.Equal("fault", Assert.Single(host.Metrics.Of(StreamxInstruments.StreamCloseDuration)).Tag(StreamxTags.CloseReason));
    }

    [Fact]
    public async Task DrainAborted_WhatWasInHandAndWhatNeverCame_AreCounted()
    {
        var held = new Held();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(o =>
        {
            o.Window = 4;
            o.DrainTimeout = TimeSpan.Zero;
        }).AddFeed(4, staysOpen: true).AddConsumer("a", held.ConsumeAsync));
        await Until.TrueAsync(() => host.Host.Status().Stream.ValuesPut == 4 && host.Host.Consumer("a").Subscription is { HoldsValue: true });

        var report = await host.StopAsync();

        Assert.Equal((1, 3), (report.Consumer("a").Aborted, report.Consumer("a").Undelivered));
        Assert.Equal((0, 1), (Items(host, "finished"), Items(host, "abandoned")));
        Assert.Equal(3, host.Metrics.Sum(StreamxInstruments.StreamUndelivered, (StreamxTags.ConsumerName, "a")));
        Assert.Equal("shutdown", Assert.Single(host.Metrics.Of(StreamxInstruments.StreamCloseDuration)).Tag(StreamxTags.CloseReason));
    }

    [Fact]
    public async Task ConsumerDetached_WhileItsLetterIsBeingTaken_ValueHasOneOutcome()
    {
        var letters = new Reluctant();
        await using var host = await MeasuredHost.StartAsync(services =>
        {
            services.AddSingleton(letters);
            services.AddStreamx<int>()
                .AddFeed(1, staysOpen: true)
                .AddConsumer("a", (_, _) => throw new FormatException(), o => o.OnFailure = ConsumerFailure.Skip)
                .AddConsumer("b", (_, _) => default)
                .AddDeadLetterHandler<Reluctant>();
        });
        await letters.Entered.WaitAsync();

        Assert.True(host.Host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("Int32", "a"));
        letters.Released.Set();
        await Until.TrueAsync(() => host.Host.TheStream().Consumers[0].Run.IsCompleted);
        var report = (await host.StopAsync()).Consumer("a");

        Assert.Equal((0, 1, 0), (report.DeadLettered, report.Aborted, report.Finished));
        Assert.Equal((0, 1, 0), (Of("dead_lettered"), Of("abandoned"), Of("finished")));

        long Of(string outcome) => (long)host.Metrics.Sum(StreamxInstruments.ConsumerItems, (StreamxTags.ConsumerName, "a"), (StreamxTags.ItemOutcome, outcome));
    }

    private static long Items(MeasuredHost host, string outcome) => (long)host.Metrics.Sum(StreamxInstruments.ConsumerItems, (StreamxTags.ItemOutcome, outcome));

    /// <summary>Takes a letter when it is let, whatever its token says.</summary>
    private sealed class Reluctant : IDeadLetterHandler<int>
    {
        public Signal Entered { get; } = new();

        public Signal Released { get; } = new();

        public async ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken)
        {
            Entered.Set();
            await Released.WaitAsync();
        }
    }

    private sealed class Taking : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken) => default;
    }
}
