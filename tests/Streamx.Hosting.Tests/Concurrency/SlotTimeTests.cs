using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>Since when slots hold their items.</summary>
public sealed class SlotTimeTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Stall_SubscriptionsClockIsLate_TheSlotsTimeCounts()
    {
        var stalls = 0;
        var snapshot = new SubscriptionSnapshot
        {
            Name = "slots",
            Mode = SubscriptionMode.Every,
            Position = 0,
            Lag = 1,
            ValuesFinished = 0,
            ValuesAbandoned = 0,
            ValuesOvertaken = 0,
            HoldsValue = true,
            HeldFor = TimeSpan.FromMinutes(1),
            IsGating = false,
            TimeGating = TimeSpan.Zero,
        };
        using var host = Build();
        var heldSince = _time.GetTimestamp();
        var watchdog = new StallWatchdog(
            TimeSpan.FromSeconds(10), _time, () => snapshot, Worker(host).OutputWaits, _ => stalls++, () => { }, () => heldSince);
        watchdog.Start();

        _time.Advance(TimeSpan.FromSeconds(3));
        watchdog.Look();
        var early = stalls;
        _time.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal((0, 1), (early, stalls));
        watchdog.Stop();
    }

    [Fact]
    public void Slot_EndsAnItemThatWasAbandoned_WhatIsLeftAndItsTimeStayKnown()
    {
        using var host = Build();
        var slot = Worker(host).Telemetry.Slots[0];
        var begun = _time.GetTimestamp();
        slot.Begin(3, 7, begun);
        var held = slot.HeldSince;

        _time.Advance(TimeSpan.FromSeconds(1));
        slot.End(finished: 1);

        Assert.Equal(begun, held);
        Assert.Equal((2, begun), slot.InHand);
        Assert.Equal((false, null), (slot.IsBusy, slot.HeldSince));
    }

    private IHost Build()
    {
        var builder = TestHost.CreateBuilder(_time);
        builder.Services.AddStreamx<int>(o => o.Window = 4).AddConsumer("slots", (_, _) => default, o => o.Concurrency = 2);
        return builder.Build();
    }

    private static ConsumerWorker<int> Worker(IHost host) => (ConsumerWorker<int>)host.TheStream().FindConsumer("slots")!;
}
