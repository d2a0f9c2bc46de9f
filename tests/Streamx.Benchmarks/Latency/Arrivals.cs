using Streamx.Benchmarks.Peers;

namespace Streamx.Benchmarks.Latency;

/// <summary>What a consumer has received: checks the order, and keeps how long each value took to arrive.</summary>
internal sealed class Arrivals(int items)
{
    private readonly long[] _ticks = new long[items];
    private Sequence _sequence;

    public void See(StampedValue value)
    {
        var now = TimeProvider.System.GetTimestamp();
        _sequence.See(value.Number);
        _ticks[value.Number] = now - value.PutAt;
    }

    /// <summary>The end of the values.</summary>
    /// <returns>How long they took, in microseconds, shortest first.</returns>
    public double[] End()
    {
        _sequence.End(items);
        Array.Sort(_ticks);
        return Array.ConvertAll(_ticks, ticks => ticks * 1e6 / TimeProvider.System.TimestampFrequency);
    }
}
