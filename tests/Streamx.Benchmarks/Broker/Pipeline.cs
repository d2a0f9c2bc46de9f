using System.Diagnostics;

namespace Streamx.Benchmarks.Broker;

/// <summary>Keeps a number of operations under way, in order.</summary>
/// <param name="depth">How many.</param>
internal sealed class Pipeline(int depth)
{
    private readonly Queue<Task> _underWay = new();

    /// <summary>Begins one after the other for a while, and waits for all of them.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> RunAsync(TimeSpan time, Func<Task> begin)
    {
        var (clock, count) = (Stopwatch.StartNew(), 0);
        while (clock.Elapsed < time)
        {
            if (_underWay.Count == depth) await _underWay.Dequeue();
            _underWay.Enqueue(begin());
            count++;
        }

        while (_underWay.TryDequeue(out var last)) await last;
        return count;
    }
}
