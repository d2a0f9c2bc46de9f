namespace Streamx.Hosting.Failures;

/// <summary>The last values that a consumer could not handle and skipped or dead-lettered.</summary>
/// <remarks>Safe from any thread.</remarks>
internal sealed class FailedValues
{
    /// <summary>How many are remembered.</summary>
    internal const int Capacity = 10;

    /// <summary>The values, the oldest first. Replaced on each change, so that a snapshot needs no lock.</summary>
    private volatile StreamxFailedValue[] _last = [];

    /// <summary>Guards the replacement.</summary>
    private readonly Lock _lock = new();

    /// <summary>The values, the oldest first.</summary>
    internal IReadOnlyList<StreamxFailedValue> Last => _last;

    /// <summary>Adds a value, and forgets the oldest if there are too many.</summary>
    internal void Add(StreamxFailedValue value)
    {
        lock (_lock) _last = [.. _last.Skip(_last.Length - Capacity + 1), value];
    }
}
