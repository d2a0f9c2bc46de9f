using System.Globalization;

namespace Streamx.Tests.Exploration;

/// <summary>How far explorations go: <c>STREAMX_PREEMPTIONS</c> sets another bound, and raises the cap.</summary>
internal static class Bounds
{
    /// <summary>As many preemptions as most defects need.</summary>
    private const int DefaultPreemptions = 2;

    /// <summary>How many schedules of a scenario a usual run has time for.</summary>
    private const int DefaultSchedules = 500;

    /// <summary>
    /// How many when the bound is set: hours fewer than all. The choice of a thread when another has to wait is not a preemption, so five
    /// threads have hundreds of thousands of schedules even without any.
    /// </summary>
    private const int RaisedSchedules = 20_000;

    private static readonly int? s_preemptions =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMX_PREEMPTIONS"), CultureInfo.InvariantCulture, out var value) ? value : null;

    internal static int Preemptions => s_preemptions ?? DefaultPreemptions;

    internal static int Schedules => s_preemptions is null ? DefaultSchedules : RaisedSchedules;
}
