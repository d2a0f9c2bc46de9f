using System.Runtime.InteropServices;

namespace Streamx.Hosting.Lifetime;

/// <summary>How the host's shutdown timeout is divided for one stream.</summary>
/// <param name="Drain">How long draining may take. Infinite when the host waits for ever and the stream sets no limit.</param>
/// <param name="AfterAbort">How long consumers have to return once they have been aborted.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DrainBudget(TimeSpan Drain, TimeSpan AfterAbort)
{
    /// <summary>Divides the shutdown timeout.</summary>
    /// <param name="options">The stream's settings.</param>
    /// <param name="shutdownTimeout">The host's shutdown timeout; infinite for none.</param>
    /// <param name="wasCapped">Whether the stream asks for more than the host allows.</param>
    internal static DrainBudget Divide(StreamxOptions options, TimeSpan shutdownTimeout, out bool wasCapped)
    {
        wasCapped = false;
        if (shutdownTimeout == Timeout.InfiniteTimeSpan)
            return new DrainBudget(options.DrainTimeout ?? Timeout.InfiniteTimeSpan, options.DrainMargin / 2);

        var margin = options.DrainMargin < shutdownTimeout / 2 ? options.DrainMargin : shutdownTimeout / 2;
        var available = shutdownTimeout - margin;
        wasCapped = options.DrainTimeout > available;
        return new DrainBudget(wasCapped ? available : options.DrainTimeout ?? available, margin / 2);
    }

    /// <summary>Half of <see cref="Drain"/>: how long closing waits for producers and injected writers.</summary>
    internal TimeSpan UntilClose => Drain == Timeout.InfiniteTimeSpan ? Drain : Drain / 2;

    /// <summary>How long a stream that application code puts into waits for that to cease, before any service is stopped.</summary>
    /// <param name="options">The stream's settings.</param>
    internal TimeSpan Accepting(StreamxOptions options) =>
        Drain == Timeout.InfiniteTimeSpan || options.AcceptAfterStop < UntilClose ? options.AcceptAfterStop : UntilClose;
}
