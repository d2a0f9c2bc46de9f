namespace Streamx.Hosting.Testing;

/// <summary>A stream of the harness, whatever its values, which gets what the host's instruments record about it.</summary>
internal interface IHarnessStream
{
    /// <summary>Whether everything its consumers have finished is known here.</summary>
    bool IsUpToDate { get; }

    /// <summary>Takes a measurement.</summary>
    /// <param name="instrument">The instrument's name.</param>
    /// <param name="value">What it recorded.</param>
    /// <param name="tags">Its tags.</param>
    void OnMeasured(string instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);

    /// <summary>Cancels held steps: the harness is being disposed of.</summary>
    void End();
}
