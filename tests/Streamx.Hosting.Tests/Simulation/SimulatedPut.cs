namespace Streamx.Hosting.Tests.Simulation;

/// <summary>A put, and what its caller was told.</summary>
/// <param name="process">The process that put.</param>
/// <param name="value">The value.</param>
internal sealed class SimulatedPut(SimulatedProcess process, int value)
{
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
}
