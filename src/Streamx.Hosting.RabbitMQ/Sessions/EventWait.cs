using System.Threading.Channels;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Waits for a leader's events, for a while each time. Not thread-safe.</summary>
/// <param name="events">The events.</param>
/// <param name="clock">Measures the time.</param>
/// <param name="ended">Ends the waits.</param>
internal sealed class EventWait(ChannelReader<LeaderEvent> events, TimeProvider clock, CancellationToken ended)
{
    /// <summary>The wait that has not ended. Kept while no event comes: the channel would keep every wait that was given up.</summary>
    private Task<bool>? _waiting;

    /// <summary>Waits until there is an event, but no longer than a time. It does not fault.</summary>
    /// <returns>Whether there is an event.</returns>
    internal async Task<bool> WaitAsync(TimeSpan time)
    {
        _waiting ??= events.WaitToReadAsync(ended).AsTask();
        await ((Task)_waiting).WaitAsync(time, clock, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_waiting.IsCompletedSuccessfully) return false;
        _waiting = null;
        return true;
    }
}
