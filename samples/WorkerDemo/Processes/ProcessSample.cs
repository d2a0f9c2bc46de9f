using System.ComponentModel;
using System.Diagnostics;

namespace WorkerDemo;

/// <summary>A process at one moment.</summary>
/// <param name="Pid">Its id, which may be given to another process after it has ended.</param>
/// <param name="Name">Its name.</param>
/// <param name="Started">When it started; null when that is not for us to know.</param>
/// <param name="CpuTime">How much CPU time it has used; null when that is not for us to know.</param>
/// <param name="Memory">Its working set in bytes.</param>
internal sealed record ProcessSample(int Pid, string Name, DateTime? Started, TimeSpan? CpuTime, long Memory)
{
    /// <summary>Every process that can be seen, in the order of ids.</summary>
    internal static IReadOnlyList<ProcessSample> TakeAll()
    {
        var samples = new List<ProcessSample>();
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (TryTake(process) is { } sample) samples.Add(sample);
            }
        }

        return [.. samples.OrderBy(sample => sample.Pid)];
    }

    /// <summary>Whether another sample is of the same process, and not of one that got its id.</summary>
    internal bool IsSameProcess(ProcessSample other)
    {
        if (Pid != other.Pid) return false;
        // A process may change its name. It is told by its start, which is computed from the time since boot and wavers a little.
        return Started is { } one && other.Started is { } two
            ? (one - two).Duration() < TimeSpan.FromSeconds(1)
            : string.Equals(Name, other.Name, StringComparison.Ordinal);
    }

    private static ProcessSample? TryTake(Process process)
    {
        try
        {
            return new ProcessSample(process.Id, process.ProcessName, Permitted(() => process.StartTime), Permitted(() => process.TotalProcessorTime), process.WorkingSet64);
        }
        catch (InvalidOperationException)
        {
            // It has ended meanwhile.
            return null;
        }
    }

    /// <summary>A property that the system may refuse for processes of others.</summary>
    private static TValue? Permitted<TValue>(Func<TValue> property)
        where TValue : struct
    {
        try
        {
            return property();
        }
        catch (Exception error) when (error is Win32Exception or NotSupportedException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
