using Streamx.TestUtilities.Clocks;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>Moves a clock on <see cref="OneThread"/>.</summary>
internal static class Stepping
{
    private const int MostSteps = 2_000;

    /// <summary>Has the clock move from timer to timer, and everything come to rest in between, until a condition holds.</summary>
    public static async Task UntilAsync(this SimulatedClock clock, Func<bool> condition)
    {
        await OneThread.IdleAsync();
        for (var steps = 0; !condition(); steps++)
        {
            Assert.True(steps < MostSteps, "It does not come to that.");
            clock.AdvanceToNext();
            await OneThread.IdleAsync();
        }
    }

    /// <summary>The same until a task has ended, which is awaited then.</summary>
    public static async Task UntilAsync(this SimulatedClock clock, Task task)
    {
        await clock.UntilAsync(() => task.IsCompleted);
        await task;
    }
}
