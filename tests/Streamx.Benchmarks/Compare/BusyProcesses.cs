using System.Diagnostics;

namespace Streamx.Benchmarks.Compare;

/// <summary>Processes that keep every core busy, until they are disposed of, or this process ends.</summary>
internal sealed class BusyProcesses : IDisposable
{
    /// <summary>The mode in which this program is such a process.</summary>
    public const string Mode = "be-busy";

    private readonly List<Process> _processes = [];

    private BusyProcesses()
    {
    }

    /// <summary>Starts one for each core.</summary>
    public static BusyProcesses Start()
    {
        var busy = new BusyProcesses();
        for (var i = 0; i < Environment.ProcessorCount; i++)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, UseShellExecute = false };
            // Started as 'dotnet <assembly>', the program is the first argument of its host.
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                start.ArgumentList.Add(typeof(BusyProcesses).Assembly.Location);
            start.ArgumentList.Add(Mode);
            busy._processes.Add(Process.Start(start)!);
        }

        return busy;
    }

    /// <summary>Keeps a core busy until the standard input ends, as it does with the process that has started this one.</summary>
    public static int Run()
    {
        var isOver = false;
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
                // Nothing is written to it.
            }

            Volatile.Write(ref isOver, true);
        }) { IsBackground = true }.Start();
        while (!Volatile.Read(ref isOver))
        {
            // That is the point.
        }

        return 0;
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
