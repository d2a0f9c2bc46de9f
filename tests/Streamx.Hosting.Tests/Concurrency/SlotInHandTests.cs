using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>What slots have in hand: in order, named rightly, and taken without a lock held while a clock is read.</summary>
public abstract class SlotInHandTests(RegistrationOrder order) : HostTests(order)
{
    private readonly HeldCalls _calls = new();

    public sealed class AsWritten() : SlotInHandTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : SlotInHandTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task Batch_GetsAnOlderValueThatWaitedForItsKey_IsInTheStreamsOrder()
    {
        var time = new FakeTimeProvider();
        var batches = new PartitionTests.HeldBatches();
        var builder = CreateBuilder(time);
        builder.Services.AddSingleton(batches);
        builder.Services.AddStreamx<int>(o => o.Window = 16).AddBatchConsumer<PartitionTests.Held>("slots", o =>
        {
            (o.Concurrency, o.MaxBatchSize, o.MaxBatchWait) = (3, 5, TimeSpan.FromSeconds(30));
            o.PartitionBy((int value) => value / 10);
        });
        using var host = builder.Build();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await host.StartAsync().WithinAsync();
        await writer.PutAsync(10).WithinAsync();
        await time.AdvanceUntilAsync(batches.Calls.UntilInHandAsync(10));
        await writer.PutAsync(11).WithinAsync();
        await writer.PutAsync(20).WithinAsync();
        await time.AdvanceUntilAsync(batches.Calls.UntilInHandAsync(10, 20));
        await writer.PutManyAsync(new[] { 30, 12 }).WithinAsync();
        // 30 has been gathered for the third slot, since 12, which was read after it, waits for its key.
        await host.UntilConsumerAsync("slots", consumer => consumer.ValuesWaitingForKey == 2);

        batches.Calls.End(10);
        await host.UntilConsumerAsync("slots", consumer => consumer.ValuesWaitingForKey == 0);
        await time.AdvanceUntilAsync(Until.TrueAsync(() => batches.Batches.Count == 3));
        batches.Calls.Open();
        await host.StopAsync().WithinAsync();

        Assert.Equal(["10", "20", "11 30 12"], batches.Batches);
    }

    [Theory]
    [InlineData(StallAction.Warn)]
    [InlineData(StallAction.FaultStream)]
    public async Task Stall_SeveralInHand_NamesTheOldestAlone(StallAction action)
    {
        var time = new FakeTimeProvider();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.Window = 4).AddFeed(2, staysOpen: true)
            .AddConsumer("slots", _calls.HandleAsync, o => (o.Concurrency, o.StallAfter, o.OnStall) = (2, TimeSpan.FromSeconds(10), action));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await _calls.UntilInHandAsync(1, 2);

        time.Advance(TimeSpan.FromSeconds(10));
        var warning = Assert.Single(host.Log(LogLevel.Warning), message => message.Contains("has held", StringComparison.Ordinal));
        var fault = host.TheStream().Fault?.Message;
        _calls.Open();
        await host.StopAsync().WithinAsync();

        Assert.StartsWith("Consumer slots of stream Int32 has held the value at position 0 for 10.0 s;", warning, StringComparison.Ordinal);
        if (action == StallAction.FaultStream) Assert.Contains("has held the value at position 0 for 10.0 s", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InHand_DetachedAndItsCallsEnded_IsWhatItHadInHandThen()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.Window = 4).AddFeed(4, staysOpen: true).AddConsumer("other", (_, _) => default)
            .AddConsumer("slots", (value, _) => _calls.HandleAsync(value, CancellationToken.None), o => o.Concurrency = 2);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await _calls.UntilInHandAsync(1, 2);
        var consumer = host.TheStream().FindConsumer("slots")!;

        Assert.True(host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("Int32", "slots"));
        var before = consumer.InHand.ToString();
        _calls.Open();
        await consumer.Run.WithinAsync();
        var after = consumer.InHand.ToString();
        await host.StopAsync().WithinAsync();

        Assert.Equal(("the values at positions 0 to 1", "the values at positions 0 to 1"), (before, after));
        Assert.Equal([1, 2], _calls.Begun.Order());
    }

    [Fact]
    public async Task Clock_IsReadWhileSlotsTakeValues_NoLockOfTheSlotsIsHeld()
    {
        var clock = new CheckingClock();
        var builder = CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (4, true)).AddFeed(20).AddConsumer("slots", (_, _) => default, o =>
        {
            o.Concurrency = 2;
            o.PartitionBy((int value) => value);
        });
        using var host = builder.Build();
        var consumer = host.TheStream().FindConsumer("slots")!;
        clock.Check = () => _ = consumer.ValuesWaitingForKey;

        var report = await host.RunToReportAsync();

        Assert.Equal(20, report.Consumer("slots").Finished);
        Assert.False(clock.WasBlocked);
    }

    /// <summary>A clock that has another thread do something while it is read.</summary>
    private sealed class CheckingClock : TimeProvider
    {
        /// <summary>What the other thread does.</summary>
        public Action? Check { get; set; }

        /// <summary>Whether it had to wait until the clock had been read.</summary>
        public bool WasBlocked { get; private set; }

        public override long GetTimestamp()
        {
            if (Check is { } check && !WasBlocked)
            {
                var thread = new Thread(() => check()) { IsBackground = true };
                thread.Start();
                if (!thread.Join(Bounded.Limit / 6)) WasBlocked = true;
            }

            return base.GetTimestamp();
        }
    }
}
