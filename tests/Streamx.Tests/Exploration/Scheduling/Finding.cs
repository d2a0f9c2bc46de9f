namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>What an exploration found wrong, and the schedule that shows it.</summary>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="Schedule">The schedule, as <c>STREAMX_SCHEDULE</c> takes it.</param>
/// <param name="What">What was wrong.</param>
/// <param name="Trace">Which thread came to which point, in order.</param>
internal sealed record Finding(string Scenario, string Schedule, string What, string Trace)
{
    public override string ToString() =>
        $"STREAMX_SCHEDULE='{Scenario}:{Schedule}' replays this.{Environment.NewLine}{What}{Environment.NewLine}{Trace}";
}
