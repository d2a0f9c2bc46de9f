using Microsoft.Extensions.Options;

namespace WorkerDemo;

/// <summary>Makes consumers slow, as <c>--slow</c> asks it to. A worker of your own does not need it.</summary>
internal sealed class SlowDown(IOptions<DemoOptions> options, TimeProvider timeProvider)
{
    /// <summary>Called by every consumer before it deals with a value, or with the values of a batch.</summary>
    internal async ValueTask WaitAsync(string consumer, int values, CancellationToken abortToken)
    {
        if (!options.Value.Slow.TryGetValue(consumer, out var milliseconds)) return;
        for (var value = 0; value < values; value++) await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), timeProvider, abortToken);
    }
}
