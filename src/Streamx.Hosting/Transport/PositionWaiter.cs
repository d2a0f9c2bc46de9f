namespace Streamx.Hosting.Transport;

/// <summary>One wait for positions. Guarded by the lock of what it waits for.</summary>
/// <param name="sequence">The number everyone has to have finished.</param>
internal sealed class PositionWaiter(long sequence)
{
    private readonly TaskCompletionSource<PositionWait> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Who was the only one missing when that was last looked at; null while several are.</summary>
    private string? _alone;

    /// <summary>Since when.</summary>
    private long _aloneSince;

    /// <summary>The number everyone has to have finished.</summary>
    internal long Sequence => sequence;

    /// <summary>The only one that is waited for; null for all.</summary>
    internal string? Name { get; init; }

    /// <summary>The wait.</summary>
    internal Task<PositionWait> Task => _source.Task;

    /// <summary>Only one name is missing.</summary>
    internal void NoteAlone(string name, long now)
    {
        if (Names.Comparer.Equals(_alone, name)) return;
        (_alone, _aloneSince) = (name, now);
    }

    /// <summary>The wait is over.</summary>
    /// <param name="by">Who was last.</param>
    /// <param name="now">The time.</param>
    internal void Release(string by, long now) =>
        _source.TrySetResult(new PositionWait(by, Names.Comparer.Equals(_alone, by) ? now - _aloneSince : 0, ReachedAt: long.MaxValue));
}
