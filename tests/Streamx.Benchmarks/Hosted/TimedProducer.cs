using System.Diagnostics;

namespace Streamx.Benchmarks.Hosted;

/// <summary>Puts 0, 1, 2, … and times itself until every consumer has finished the last: starting and stopping a host does not count.</summary>
internal sealed class TimedProducer(int items)
{
    /// <summary>How long it took; known once it has returned.</summary>
    public TimeSpan Elapsed { get; private set; }

    public async Task ProduceAsync(IStreamWriter<long> stream)
    {
        var watch = Stopwatch.StartNew();
        for (long i = 0; i < items; i++) await stream.PutAsync(i).ConfigureAwait(false);
        await stream.FlushAsync().ConfigureAwait(false);
        Elapsed = watch.Elapsed;
    }
}
