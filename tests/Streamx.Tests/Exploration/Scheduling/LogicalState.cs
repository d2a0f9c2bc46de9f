namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>What a logical thread is doing.</summary>
internal enum LogicalState
{
    /// <summary>It must not run before all other threads are at rest.</summary>
    Dormant,

    /// <summary>It can go on: at its start, at a point, or with a continuation to run.</summary>
    Ready,

    /// <summary>It has been told to go on.</summary>
    Running,

    /// <summary>It awaits something, or is finished.</summary>
    Waiting,

    /// <summary>It stands in a wait of the runtime's own, which ends when another logical thread gets out of its way.</summary>
    Stuck,
}
