namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>One choice of an execution: several logical threads could have gone on, one did.</summary>
/// <param name="Chosen">The thread that went on.</param>
/// <param name="Options">The threads that could have; the one that was running first, if it is among them.</param>
/// <param name="CouldGoOn">Whether the one that was running could have gone on, so that any other choice preempts it.</param>
internal readonly record struct Step(byte Chosen, byte[] Options, bool CouldGoOn)
{
    /// <summary>How many preemptions a choice here costs.</summary>
    internal int CostOf(byte choice) => CouldGoOn && choice != Options[0] ? 1 : 0;
}
