using Streamx.Engine;

namespace Streamx.Tests.Engine;

public sealed class CoarseClockTests
{
    [Fact]
    public void Now_ChangeToPrecise_TimeGoesOnAtOnce()
    {
        for (var i = 0; i < 2_000; i++)
        {
            var clock = new CoarseClock(TimeProvider.System);
            var coarse = clock.Now;
            var before = TimeProvider.System.GetTimestamp();
            clock.IsPrecise = true;

            var precise = clock.Now;

            Assert.InRange(precise, before, TimeProvider.System.GetTimestamp());
            Assert.InRange(TimeProvider.System.GetElapsedTime(coarse, before), TimeSpan.Zero, TimeSpan.MaxValue);
        }
    }
}
