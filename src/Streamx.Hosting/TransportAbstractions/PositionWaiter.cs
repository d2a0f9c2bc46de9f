namespace Streamx.Hosting.TransportAbstractions;

/// <summary>One wait for positions. Guarded by the lock of the positions that it waits for.</summary>
/// <param name="sequence">The number that every consumer must have finished.</param>
internal sealed class PositionWaiter(long sequence)
{
    private readonly TaskCompletionSource<PositionWait> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The consumer that was the only one missing at the last look; null while several are missing.</summary>
    private string? _alone;

    /// <summary>Since when it has been the only one.</summary>
    private long _aloneSince;

    /// <summary>The number that every consumer must have finished.</summary>
    internal long Sequence => sequence;

    /// <summary>The only consumer that is waited for; null for all.</summary>
    internal string? Name { get; init; }

    /// <summary>The wait.</summary>
    internal Task<PositionWait> Task => _source.Task;

    /// <summary>Notes that only one consumer is missing.</summary>
    internal void NoteAlone(string name, long now)
    {
        if (Names.Comparer.Equals(_alone, name)) return;
        (_alone, _aloneSince) = (name, now);
    }

    /// <summary>Ends the wait.</summary>
    /// <param name="by">The consumer that was last.</param>
    /// <param name="now">The time.</param>
    internal void Release(string by, long now) =>
        _source.TrySetResult(new PositionWait(by, Names.Comparer.Equals(_alone, by) ? now - _aloneSince : 0, ReachedAt: long.MaxValue));
}
