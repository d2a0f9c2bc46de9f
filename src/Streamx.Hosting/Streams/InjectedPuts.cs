namespace Streamx.Hosting.Streams;

/// <summary>Follows the puts of application code into one stream: whether there were any, and since when there have been none.</summary>
/// <remarks>Safe from any thread. A put costs one read, until the host stops.</remarks>
/// <param name="stream">The stream's name.</param>
/// <param name="timeProvider">The stream's clock.</param>
internal sealed class InjectedPuts(string stream, TimeProvider timeProvider)
{
    /// <summary>Writers count as idle when no put has ended for this long.</summary>
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(1);

    /// <summary>Whether the stream's consumers have been subscribed, or the stream has been aborted without that.</summary>
    private volatile bool _isOpen;

    /// <summary>Whether there has been a put since then.</summary>
    private volatile bool _haveBegun;

    /// <inheritdoc cref="AreExpected"/>
    private volatile bool _areExpected;

    /// <summary>Whether the ends of puts are timed.</summary>
    private volatile bool _areTimed;

    /// <summary>When the last put ended, or when timing began, on the clock.</summary>
    private long _quietSince;

    /// <summary>Whether application code has put into the stream.</summary>
    internal bool HaveBegun => _haveBegun;

    /// <summary>Whether application code has a writer, with which it may put at any time until the host has stopped its services.</summary>
    /// <remarks>
    /// A writer can only put. An injected <see cref="AsyncStream{T}"/> may be used for reading, so there the first put decides.
    /// </remarks>
    internal bool AreExpected => _areExpected || _haveBegun;

    /// <summary>Whether the ends of puts are timed: the host stops.</summary>
    internal bool IsTimed => _areTimed;

    /// <summary>Application code has a writer.</summary>
    internal void Expect() => _areExpected = true;

    /// <summary>Allows puts from now on.</summary>
    internal void Open() => _isOpen = true;

    /// <summary>A put is about to be made.</summary>
    /// <exception cref="InvalidOperationException">The host has not been started.</exception>
    internal void OnBegin()
    {
        if (_haveBegun) return;
        CheckOpen();
        _haveBegun = true;
    }

    /// <summary>A put is over.</summary>
    internal void OnEnded()
    {
        if (_areTimed) Volatile.Write(ref _quietSince, timeProvider.GetTimestamp());
    }

    /// <summary>Refuses a put that could only wait for consumers that are not subscribed yet.</summary>
    /// <exception cref="InvalidOperationException">The host has not been started.</exception>
    internal void CheckOpen()
    {
        if (_isOpen) return;
        throw new InvalidOperationException(
            $"Stream '{stream}' takes no values yet: its host has not been started. The host subscribes every consumer when it starts, "
            + "before any hosted service does; so a service may put while it starts, but its constructor may not. A container whose hosted "
            + "services have been removed, as some tests do, never starts its streams.");
    }

    /// <summary>Times the ends of puts from now on.</summary>
    internal void BeginTiming()
    {
        Volatile.Write(ref _quietSince, timeProvider.GetTimestamp());
        _areTimed = true;
    }

    /// <summary>Waits until no put has ended for a second, since <see cref="BeginTiming"/> at the earliest, and none waits.</summary>
    /// <param name="isPutWaiting">Whether a put waits now.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async Task WhenQuietAsync(Func<bool> isPutWaiting, CancellationToken cancellationToken)
    {
        while (!IsQuiet(isPutWaiting, out var remaining))
            await Task.Delay(remaining, timeProvider, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether no put has ended for a second, and none waits.</summary>
    /// <param name="isPutWaiting">Whether a put waits now.</param>
    /// <param name="remaining">How long it takes at least until that is so.</param>
    internal bool IsQuiet(Func<bool> isPutWaiting, out TimeSpan remaining)
    {
        // A put that waits is not over: the second begins with its end.
        var quiet = isPutWaiting() ? TimeSpan.Zero : timeProvider.GetElapsedTime(Volatile.Read(ref _quietSince));
        // Timers count whole milliseconds: rounded down, the wait would end early and be made again and again.
        remaining = TimeSpan.FromMilliseconds(Math.Ceiling((s_idle - quiet).TotalMilliseconds));
        return quiet >= s_idle;
    }
}
