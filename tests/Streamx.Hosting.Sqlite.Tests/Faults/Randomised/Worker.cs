using Streamx.Hosting.Sqlite.Tests.Faults.Processes;

namespace Streamx.Hosting.Sqlite.Tests.Faults.Randomised;

/// <summary>A process of a round.</summary>
/// <param name="role">What it does.</param>
/// <param name="number">Which one it is, in the order in which they were started.</param>
/// <param name="process">The process.</param>
internal sealed class Worker(string role, int number, WorkerProcess process)
{
    private int _stops;

    /// <summary>What it does.</summary>
    public string Role => role;

    /// <summary>Which one it is.</summary>
    public int Number => number;

    /// <summary>The process.</summary>
    public WorkerProcess Process => process;

    /// <summary>How often it was stopped.</summary>
    public int Stops => _stops;

    /// <summary>Whether a fault has ended it.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Has it hang for a while.</summary>
    public async Task HangAsync(TimeSpan time)
    {
        _stops++;
        await process.SignalAsync("-STOP");
        await Task.Delay(time, TimeProvider.System);
        await process.SignalAsync("-CONT");
    }
}
