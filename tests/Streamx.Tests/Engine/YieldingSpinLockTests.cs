using Streamx.Engine;
using Streamx.Tests.Support;

namespace Streamx.Tests.Engine;

public sealed class YieldingSpinLockTests
{
    [Fact]
    public async Task Enter_MoreThreadsThanCores_LetsInOneAtATime()
    {
        const int Times = 500_000;
        var threads = 4 * Environment.ProcessorCount;
        var gate = new YieldingSpinLock();
        var (inside, total, overlaps) = (0, 0, 0);
        using var together = new Barrier(threads);

        await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => DedicatedThread.RunAsync(() =>
        {
            Assert.True(together.SignalAndWait(Bounded.Limit));
            for (var i = 0; i < Times; i++)
            {
                using (gate.Enter())
                {
                    // Neither is atomic: what keeps them right is the gate.
                    if (++inside != 1) overlaps++;
                    total++;
                    // Every now and then its holder loses the processor.
                    if (i % 8_192 == 0) Thread.Yield();
                    inside--;
                }
            }
        })));

        Assert.Equal((0, threads * Times), (overlaps, total));
    }

    [Fact]
    public async Task Enter_HeldForLong_WaitsUntilItIsGivenBack()
    {
        var gate = new YieldingSpinLock();
        var entered = false;
        using var waits = new ManualResetEventSlim();
        Task waiting;
        using (gate.Enter())
        {
            waiting = DedicatedThread.RunAsync(() =>
            {
                waits.Set();
                using (gate.Enter()) Volatile.Write(ref entered, true);
            });
            Assert.True(waits.Wait(Bounded.Limit));
            // Long enough for it to spin, to yield and to sleep.
            for (var i = 0; i < 50 && !Volatile.Read(ref entered); i++) Thread.Yield();
            Assert.False(Volatile.Read(ref entered));
        }

        await waiting;
        Assert.True(entered);
    }

    [Fact]
    public async Task Enter_HolderThrew_IsFree()
    {
        var gate = new YieldingSpinLock();
        Assert.Throws<FormatException>(Fail);

        await DedicatedThread.RunAsync(() => gate.Enter().Dispose());

        void Fail()
        {
            using (gate.Enter()) throw new FormatException();
        }
    }
}
