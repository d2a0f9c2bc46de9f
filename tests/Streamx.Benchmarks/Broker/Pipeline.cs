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
            await AddAsync(begin);
            count++;
        }

        await EndAsync();
        return count;
    }

    /// <summary>Begins another, once there are not too many.</summary>
    public async ValueTask AddAsync(Func<Task> begin)
    {
        if (_underWay.Count == depth) await _underWay.Dequeue();
        _underWay.Enqueue(begin());
    }

    /// <summary>Waits for all of them.</summary>
    public async ValueTask EndAsync()
    {
        while (_underWay.TryDequeue(out var last)) await last;
    }
}
