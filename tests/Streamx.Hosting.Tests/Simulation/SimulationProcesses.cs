using System.Diagnostics;
using System.Globalization;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>Runs seeds in several processes of this test program: <see cref="OneThread"/> leaves a process only one processor.</summary>
internal static class SimulationProcesses
{
    /// <summary>The file into which a process writes its result; null in the process that starts the others.</summary>
    internal static string? ResultPath => Environment.GetEnvironmentVariable("STREAMX_RESULT");

    /// <summary>Runs seeds, as evenly shared as possible.</summary>
    /// <param name="test">The full name of the test that each process runs.</param>
    /// <param name="first">The first seed.</param>
    /// <param name="count">How many.</param>
    /// <param name="processes">How many processes.</param>
    internal static async Task<SimulationResult> RunAsync(string test, int first, int count, int processes)
    {
        var folder = Directory.CreateTempSubdirectory("simulation");
        try
        {
            await Task.WhenAll(Enumerable.Range(0, processes).Select(place =>
            {
                var (begin, end) = ((int)((long)count * place / processes), (int)((long)count * (place + 1) / processes));
                return RunAsync(test, first + begin, end - begin, Path.Combine(folder.FullName, $"{place}"));
            }));
            SimulationResult result = new();
            for (var place = 0; place < processes; place++) result.Read(Path.Combine(folder.FullName, $"{place}"));
            return result;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(string test, int first, int count, string resultPath)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, ["--filter-method", test, "--progress", "off", "--ansi", "off"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment =
            {
                ["STREAMX_SEED"] = first.ToString(CultureInfo.InvariantCulture),
                ["STREAMX_SEEDS"] = count.ToString(CultureInfo.InvariantCulture),
                ["STREAMX_RESULT"] = resultPath,
            },
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(
            File.Exists(resultPath),
            $"The process for {count} seeds from {first} on ended with exit code {process.ExitCode}:{Environment.NewLine}{output}");
    }
}
