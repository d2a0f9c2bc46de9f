using System.Diagnostics;
using System.Globalization;

namespace Streamx.TestUtilities.Servers;

/// <summary>Sends signals to processes, by their numbers.</summary>
internal static class Signals
{
    public static async Task SendAsync(string signal, params IEnumerable<int> pids)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [signal, .. pids.Select(pid => pid.ToString(CultureInfo.InvariantCulture))])
        {
            UseShellExecute = false, RedirectStandardError = true,
        })!;
        // One that has ended in the meantime is not worth a word.
        await kill.StandardError.ReadToEndAsync();
        await kill.WaitForExitAsync();
    }
}
