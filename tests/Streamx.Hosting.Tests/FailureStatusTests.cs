using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests;

/// <summary>What the status says about trouble: failures, detached consumers, waiting producers, and the end of a drain.</summary>
public abstract class FailureStatusTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : FailureStatusTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : FailureStatusTests(RegistrationOrder.Reversed);

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FailedValues_OfTwentyFour_AreTheLastTen_WithPositionAndError(bool deadLetters)
    {
        var builder = CreateBuilder();
        var streamx = builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(24)
            .AddConsumer("healthy", (_, _) => default)
            .AddConsumer("failing", (value, _) => value % 2 == 0 ? throw new InvalidOperationException($"no {value}") : default, o => o.OnFailure = ConsumerFailure.Skip);
        if (deadLetters) streamx.AddDeadLetterHandler<Dropping>();
        using var host = builder.Build();

        await host.RunToReportAsync();

        var (failing, healthy) = (host.Consumer("failing"), host.Consumer("healthy"));
        Assert.Equal(
            Enumerable.Range(3, 10).Select(pair => ((long)(2 * pair) - 1, deadLetters, "System.InvalidOperationException", $"no {2 * pair}")),
            failing.FailedValues.Select(value => (value.Position, value.WasDeadLettered, value.Failure.ErrorType, value.Failure.Message)));
        Assert.Equal("no 24", failing.LastFailure!.Message);
        Assert.Null(healthy.LastFailure);
        Assert.Empty(healthy.FailedValues);
    }

    [Fact]
    public async Task FailedValues_OfABatch_HaveAPositionEach()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (3, true)).AddFeed(3).AddScripted(
            ConsumerKind.Batch, (_, _) => throw new InvalidOperationException("no ink"), o => o.OnFailure = ConsumerFailure.Skip);
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal([0L, 1L, 2L], host.Consumer(Scripted.Name).FailedValues.Select(value => value.Position));
    }

    [Theory]
    [InlineData(StreamxDetachCause.Operator)]
    [InlineData(StreamxDetachCause.Failure)]
    [InlineData(StreamxDetachCause.Stall)]
    [InlineData(StreamxDetachCause.Returned)]
    public async Task DetachCause_SaysWhyAConsumerLeft(StreamxDetachCause cause)
    {
        var time = new FakeTimeProvider();
        var builder = CreateBuilder(time);
        var streamx = builder.Services.AddStreamx<int>(o => o.DrainTimeout = s_limit).AddFeed(1, staysOpen: true).AddConsumer("other", (_, _) => default);
        if (cause == StreamxDetachCause.Returned) streamx.AddStreamConsumer<Returning>(Scripted.Name);
        else streamx.AddScripted(
            ConsumerKind.Handler,
            (_, token) => cause == StreamxDetachCause.Failure
                ? throw new IOException("The disk is full.")
                : new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, time, token)),
            o => (o.OnFailure, o.OnStall, o.StallAfter) = (ConsumerFailure.Detach, StallAction.Detach, s_limit));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        if (cause is StreamxDetachCause.Operator or StreamxDetachCause.Stall) await host.UntilConsumerAsync(Scripted.Name, consumer => consumer.Subscription is { HoldsValue: true });

        if (cause == StreamxDetachCause.Operator) host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("Int32", Scripted.Name);
        if (cause == StreamxDetachCause.Stall) time.Advance(s_limit);
        await host.UntilConsumerAsync(Scripted.Name, consumer => consumer.State == StreamxConsumerState.Detached);

        var (left, other) = (host.Consumer(Scripted.Name), host.Consumer("other"));
        await host.StopAsync().WithinAsync();
        Assert.Equal((cause, (StreamxDetachCause?)null), (left.DetachCause, other.DetachCause));
        Assert.Equal(cause == StreamxDetachCause.Failure ? "The disk is full." : null, left.LastFailure?.Message);
    }

    [Fact]
    public async Task Producer_WhosePutWaits_SaysForHowLong_AndHowMuchItHasPut()
    {
        var time = new FakeTimeProvider();
        var release = new Signal();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = s_limit).AddFeed(3, staysOpen: true)
            .AddProducer("idle", (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, time, token))
            .AddConsumer("slow", (_, _) => new ValueTask(release.WaitAsync()));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilConsumerAsync("slow", consumer => consumer.Subscription is { HoldsValue: true });
        await Until.TrueAsync(() => Status(host).Stream.ValuesWaiting == 1);

        time.Advance(TimeSpan.FromSeconds(22));
        var during = Status(host);
        release.Set();
        await Until.TrueAsync(() => Status(host).Stream.ValuesPut == 3);
        await Until.TrueAsync(() => Feed(Status(host)).ValuesPut == 3);
        var after = Status(host);
        await host.StopAsync().WithinAsync();

        Assert.Equal((1L, TimeSpan.FromSeconds(22)), (Feed(during).ValuesPut, Feed(during).WaitingFor));
        Assert.Null(during.Producers.Single(producer => producer.Name == "idle").WaitingFor);
        Assert.Null(Feed(after).WaitingFor);

        static StreamxProducerStatus Feed(StreamxStreamStatus status) => status.Producers.Single(producer => producer.Name != "idle");
    }

    [Fact]
    public async Task DrainTimeLeft_WhileAConsumerHoldsTheShutdownUp_RunsDown()
    {
        var time = new FakeTimeProvider();
        var release = new Signal();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = s_limit).AddFeed(1, staysOpen: true).AddConsumer("slow", (_, _) => new ValueTask(release.WaitAsync()));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilConsumerAsync("slow", consumer => consumer.Subscription is { HoldsValue: true });
        var before = Status(host).DrainTimeLeft;

        var stopping = host.StopAsync();
        await Until.TrueAsync(() => Status(host).Stream.State == StreamState.Closing);
        var first = Status(host).DrainTimeLeft;
        time.Advance(TimeSpan.FromSeconds(4));
        var second = Status(host).DrainTimeLeft;
        release.Set();
        await stopping.WithinAsync();

        Assert.Equal((null, s_limit, TimeSpan.FromSeconds(6)), (before, first, second));
    }

    internal sealed class Returning : IStreamConsumer<int>
    {
        public Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken) => Task.CompletedTask;
    }

    internal sealed class Dropping : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken) => default;
    }

    private static StreamxStreamStatus Status(IHost host) => Assert.Single(host.Services.GetRequiredService<IStreamxControl>().GetStreams());
}
