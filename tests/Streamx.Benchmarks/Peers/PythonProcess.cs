using System.Diagnostics;
using System.Globalization;

namespace Streamx.Benchmarks.Peers;

/// <summary>The Python algorithm in Python, where there is one.</summary>
internal static class PythonProcess
{
    /// <summary>Nanoseconds per item, or null where there is no <c>python3</c>.</summary>
    public static async Task<double?> MeasureAsync(int consumers, int items)
    {
        try
        {
            var script = Path.Combine(AppContext.BaseDirectory, "Peers", "streamx_algorithm.py");
            using var process = Process.Start(new ProcessStartInfo("python3", [script, $"{consumers}", $"{items}"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? double.Parse(output, CultureInfo.InvariantCulture) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
