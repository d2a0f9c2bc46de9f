using System.Diagnostics;
using System.Globalization;
using Streamx.Benchmarks.Compare;

namespace Streamx.Benchmarks.Durable;

/// <summary>One consumer in a process of its own, which runs until its standard input ends.</summary>
internal sealed class ConsumerProcess : IDisposable
{
    /// <summary>What the program is told first in such a process.</summary>
    public const string Command = "durable-consumer";

    private readonly Process _process;

    private ConsumerProcess(Process process) => _process = process;

    /// <summary>Starts one.</summary>
    public static ConsumerProcess Start(string path, Setting setting, string name)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])[Command, path, Invariant(setting.IsFull), Invariant(setting.Consumers), Invariant(setting.Window), name])
            start.ArgumentList.Add(argument);
        return new ConsumerProcess(Process.Start(start)!);
    }

    /// <summary>The program of such a process.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var path, var isFull, var consumers, var window, var name])
            return await CommandLine.Usage.RefuseAsync($"{Command} is what {DurableCommand.Name} starts");
        var arrivals = new Arrivals();
        var setting = new Setting(bool.Parse(isFull), int.Parse(consumers, CultureInfo.InvariantCulture), int.Parse(window, CultureInfo.InvariantCulture));
        using var host = await DurableHost.StartAsync(path, setting, stream => stream.AddConsumer(name, arrivals.ConsumeAsync));
        await Console.In.ReadToEndAsync();
        await host.StopAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{arrivals.Count} {Median.Of(arrivals.Milliseconds.DefaultIfEmpty())}"));
        return 0;
    }

    /// <summary>Ends it.</summary>
    /// <returns>How many values it had, and the median of how long they were under way, in milliseconds.</returns>
    public async Task<(int Count, double Median)> StopAsync()
    {
        _process.StandardInput.Close();
        var fields = (await _process.StandardOutput.ReadToEndAsync()).Split(' ');
        await _process.WaitForExitAsync();
        return (int.Parse(fields[0], CultureInfo.InvariantCulture), double.Parse(fields[1], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static string Invariant(IConvertible value) => value.ToString(CultureInfo.InvariantCulture);
}
