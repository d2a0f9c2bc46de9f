using System.ComponentModel;
using System.Diagnostics;

namespace WorkerDemo;

/// <summary>A process at one moment.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="CpuTime">How much CPU time it has used.</param>
/// <param name="Memory">Its working set in bytes.</param>
internal sealed record ProcessSample(int Pid, string Name, TimeSpan CpuTime, long Memory)
{
    /// <summary>Every process that can be looked at.</summary>
    internal static List<ProcessSample> TakeAll()
    {
        var samples = new List<ProcessSample>();
        foreach (var process in Process.GetProcesses())
        {
            using var owned = process;
            try
            {
                samples.Add(new ProcessSample(process.Id, process.ProcessName, process.TotalProcessorTime, process.WorkingSet64));
            }
            catch (Exception error) when (error is InvalidOperationException or Win32Exception or NotSupportedException)
            {
                // It has ended meanwhile, or may not be looked at.
            }
        }

        return samples;
    }
}
