using Streamx.Engine;

namespace Streamx.Tests.Support;

/// <summary>Writes down what a stream tells about the reads of a subscription.</summary>
internal sealed class RecordedReads : ReadObserver
{
    private readonly List<string> _calls = [];

    /// <summary>Everything, in order. Not to be looked at while the subscription is read.</summary>
    internal IReadOnlyList<string> Calls => _calls;

    /// <summary>How many values have been finished.</summary>
    internal long Finished { get; private set; }

    /// <summary>How many values have been taken.</summary>
    internal long Taken { get; private set; }

    internal override void Read(int finished, int taken, long position, long takenAt, bool waits)
    {
        Finished += finished;
        Taken += taken;
        _calls.Add($"finished {finished}, took {taken}{(taken > 0 ? $" at {position} {takenAt % TimeSpan.TicksPerDay / TimeSpan.TicksPerSecond}" : "")}{(waits ? ", waits" : "")}");
    }

    internal override void FinishedOne(long position, long takenAt)
    {
        Finished++;
        _calls.Add($"finished {position} of {takenAt % TimeSpan.TicksPerDay / TimeSpan.TicksPerSecond}");
    }
}
