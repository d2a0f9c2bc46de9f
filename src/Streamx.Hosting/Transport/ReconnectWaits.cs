using System.Security.Cryptography;

namespace Streamx.Hosting;

/// <summary>The waits before a session is opened again: longer each time, with jitter, until one succeeds.</summary>
internal sealed class ReconnectWaits(IRemoteHost host, TimeProvider clock)
{
    private int _failures;

    /// <summary>A session has been had.</summary>
    internal void Reset() => _failures = 0;

    /// <summary>Waits.</summary>
    internal Task WaitAsync(Exception error, string who, CancellationToken cancellationToken)
    {
        var options = host.Reconnect;
        var longest = Math.Min(options.MaxDelay.TotalMilliseconds, options.Delay.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 20)));
        // Half of it at least: after a broker's restart all processes come back at once.
        var delay = TimeSpan.FromMilliseconds(longest * (0.5 + (0.5 * RandomNumberGenerator.GetInt32(1024) / 1024)));
        host.OnReconnect(who, error, delay);
        return Task.Delay(delay, clock, cancellationToken);
    }
}
