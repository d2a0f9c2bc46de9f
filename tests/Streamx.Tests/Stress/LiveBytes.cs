using Streamx.Tests.Support;

namespace Streamx.Tests.Stress;

/// <summary>How much memory is in use after a collection, which must not grow.</summary>
/// <remarks>A round's own books and what its window may hold stay far below the bound; the values of one heavy round are above it.</remarks>
internal sealed class LiveBytes
{
    private const long Bound = 32L << 20;

    private readonly long _atStart = Measure();
    private readonly Lock _lock = new();

    /// <summary>The most there was. Guarded by the gate.</summary>
    private long _most;

    internal void Check()
    {
        lock (_lock)
        {
            var live = Measure();
            _most = Math.Max(_most, live);
            Assert.True(live < _atStart + Bound, $"{live >> 20} MB are in use after a collection; it began with {_atStart >> 20} MB.");
        }
    }

    public override string ToString() => $"{_atStart >> 20} MB live at first, {Math.Max(_most, _atStart) >> 20} MB at most";

    private static long Measure()
    {
        Collection.Force();
        return GC.GetTotalMemory(forceFullCollection: false);
    }
}
