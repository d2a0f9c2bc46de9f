using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Telemetry;

/// <summary>
/// Logs that a listener of metrics or activities has thrown. The event that it was notified of has happened; the exception does not change
/// that.
/// </summary>
/// <remarks>Safe from any thread. Logged once for each container, since a listener may throw for each value.</remarks>
/// <param name="logger">Where it is logged.</param>
internal sealed class ListenerFailures(ILogger logger)
{
    /// <summary>1 once a listener has thrown.</summary>
    private int _hasFailed;

    /// <summary>A listener has thrown.</summary>
    /// <param name="observed">The instrument or the activity source it listens to.</param>
    /// <param name="error">What it has thrown.</param>
    internal void Add(string observed, Exception error)
    {
        if (Interlocked.Exchange(ref _hasFailed, 1) == 0) Log.ListenerFailed(logger, error, observed);
    }
}
