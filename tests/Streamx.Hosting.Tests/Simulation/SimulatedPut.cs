namespace Streamx.Hosting.Tests.Simulation;

/// <summary>A put, and what its caller was told.</summary>
/// <param name="process">The process that put.</param>
/// <param name="value">The value.</param>
/// <param name="follows">Whether the same call put another value right before it.</param>
internal sealed class SimulatedPut(SimulatedProcess process, int value, bool follows)
{
    /// <summary>Whether the same call put the number before it, which stands right before it in the stream.</summary>
    internal bool Follows => follows;

    /// <summary>The process that put.</summary>
    internal SimulatedProcess Process => process;

    /// <summary>The value.</summary>
    internal int Value => value;

    /// <summary>Whether it had begun when the store lost everything, so that it may be lost although it was accepted.</summary>
    internal bool IsExposed { get; set; }

    /// <summary>Whether the value was accepted.</summary>
    internal bool IsAccepted { get; set; }

    /// <summary>What the put failed with; null for nothing.</summary>
    internal Exception? Error { get; set; }

    /// <summary>Whether its caller was told that no consumer gets the value.</summary>
    internal bool IsRefused => Error is OperationCanceledException or StreamClosedException { InnerException: null };
}
