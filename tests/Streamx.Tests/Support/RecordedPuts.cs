using Streamx.Engine;

namespace Streamx.Tests.Support;

/// <summary>Writes down what a stream tells about puts.</summary>
/// <param name="traces">Whether it traces them: each by its number.</param>
internal sealed class RecordedPuts(bool traces = false) : PutObserver
{
    private readonly Lock _lock = new();
    private readonly List<string> _calls = [];
    private readonly List<(PutWait Wait, Exception? Error)> _ended = [];
    private int _begun;

    /// <summary>Everything, in order; times in seconds.</summary>
    internal IReadOnlyList<string> Calls
    {
        get
        {
            lock (_lock) return [.. _calls];
        }
    }

    /// <summary>The puts that are over.</summary>
    internal IReadOnlyList<(PutWait Wait, Exception? Error)> Endings
    {
        get
        {
            lock (_lock) return [.. _ended];
        }
    }

    /// <summary>How many puts have begun.</summary>
    internal int Begun => Volatile.Read(ref _begun);

    internal override object? Begin()
    {
        var number = Interlocked.Increment(ref _begun);
        return traces ? number : null;
    }

    internal override void Forget(object? trace) => Note($"forget {trace}");

    internal override void QueuedLocked(bool isHead, long now) => Note($"{(isHead ? "waits" : "queues")} {Seconds(now)}");

    internal override void ReachedHeadLocked(long now) => Note($"reaches head {Seconds(now)}");

    internal override void LeftQueueLocked(bool wasHead, long now) => Note($"leaves {(wasHead ? "head" : "queue")} {Seconds(now)}");

    internal override void CommittingLocked(long position, object trace) => Note($"commits {trace} at {position}");

    internal override void Ended(object? trace, PutWait wait, Exception? error)
    {
        lock (_lock)
        {
            _ended.Add((wait, error));
            _calls.Add($"ends {trace}{(trace is null ? "" : " ")}{Seconds(wait.Ticks)}/{Seconds(wait.MarginalTicks)} {wait.GatedBy ?? "none"} {error?.GetType().Name ?? "accepted"}");
        }
    }

    internal override void EndedMany(object? trace, PutWait wait, int accepted, Exception? error)
    {
        Note($"accepted {accepted}");
        Ended(trace, wait, error);
    }

    private void Note(string call)
    {
        lock (_lock) _calls.Add(call);
    }

    private static long Seconds(long ticks) => ticks % TimeSpan.TicksPerDay / TimeSpan.TicksPerSecond;
}
