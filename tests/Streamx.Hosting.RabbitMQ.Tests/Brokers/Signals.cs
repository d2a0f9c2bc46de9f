using System.Diagnostics;
using System.Globalization;

namespace Streamx.Hosting.RabbitMQ.Tests.Brokers;

/// <summary>Sends signals to single processes, by their number.</summary>
internal static class Signals
{
    public static async Task SendAsync(string signal, int pid)
    {
        using var kill = Process.Start("kill", [signal, pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
