namespace Streamx.Hosting.Remote.Consuming;

/// <summary>
/// The values that a consumer of this process has not received and will not. Reports each of them once, also where a session is lost
/// before the report is durable.
/// </summary>
/// <param name="consumer">The consumer's name.</param>
/// <param name="events">Receives the reports.</param>
internal sealed class LostValues(string consumer, IRemoteEvents events)
{
    private long _count;

    /// <summary>The highest number of those.</summary>
    private long _upTo;

    /// <summary>How many there are. Safe from any thread.</summary>
    internal long Count => Interlocked.Read(ref _count);

    /// <summary>Values will not come.</summary>
    /// <param name="first">The number of the first of them.</param>
    /// <param name="last">The number of the last.</param>
    internal void Add(long first, long last)
    {
        first = Math.Max(first, _upTo + 1);
        if (first > last) return;
        _upTo = last;
        Interlocked.Add(ref _count, last - first + 1);
        events.OnValuesLost(consumer, first, last);
    }
}
