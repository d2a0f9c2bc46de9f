using System.Runtime.CompilerServices;
using Streamx.Engine;
using Streamx.Tests.Stress;
using Streamx.Tests.Support;

namespace Streamx.Tests.Engine;

/// <summary>Alone, since every stream on the system clock wakes the one ticker there is.</summary>
[Collection(nameof(StressCollection))]
public sealed class TickerTests
{
    [Fact]
    public async Task Now_AsksAgainAndAgain_GoesOnAndNeverBackNorAhead()
    {
        await DedicatedThread.RunAsync(() =>
        {
            var first = Ticker.Now;
            for (long last = first, now; last <= first + 100; last = now)
            {
                now = Ticker.Now;
                Assert.InRange(now, last, Environment.TickCount64);
                Assert.True(Environment.TickCount64 < first + Bounded.Limit.TotalMilliseconds, "The ticker stood still while it was used.");
            }
        });
    }

    [Fact]
    public async Task Now_NobodyAsksAnyMore_StopsItsTimer()
    {
        await FallAsleepAsync();
        var timers = Timer.ActiveCount;
        _ = Ticker.Now;
        var timersInUse = Timer.ActiveCount;

        await FallAsleepAsync();

        Assert.True(timersInUse > timers);
        await Eventually.HoldsAsync(() => Timer.ActiveCount <= timers, "The ticker's timer was not stopped.");
    }

    [Fact]
    public async Task Now_WasAsleep_IsThePresent()
    {
        await FallAsleepAsync();
        var before = Environment.TickCount64;

        var now = Ticker.Now;

        Assert.InRange(now, before, Environment.TickCount64);
    }

    [Fact]
    public async Task Now_ManyThreadsWhileItFallsAsleepAndWakes_NeverGoesBackNorAhead()
    {
        for (var round = 0; round < 10; round++)
        {
            await FallAsleepAsync();
            await Task.WhenAll(Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => DedicatedThread.RunAsync(() =>
            {
                var last = Environment.TickCount64 - 1_000;
                for (var i = 0; i < 50_000; i++)
                {
                    var now = Ticker.Now;
                    Assert.InRange(now, last, Environment.TickCount64);
                    last = now;
                }
            })));
        }
    }

    private static Task FallAsleepAsync() =>
        Eventually.HoldsAsync(() => Volatile.Read(ref LastTick(null!)) == 0, "The ticker did not stop though it was not used.");

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "s_now")]
    private static extern ref long LastTick([UnsafeAccessorType("Streamx.Engine.Ticker, Streamx")] object ticker);
}
