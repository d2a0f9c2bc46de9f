namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>What exploring one scenario gave.</summary>
/// <param name="Schedules">How many schedules ran.</param>
/// <param name="IsComplete">Whether these were all there are within the bound.</param>
/// <param name="Finding">The first thing found wrong.</param>
internal sealed record ExplorationResult(int Schedules, bool IsComplete, Finding? Finding);
