using System.Security.Cryptography;

namespace Streamx.Hosting.Remote.Sessions;

/// <summary>The waits before a session is opened again: longer each time, with jitter.</summary>
/// <remarks>
/// They start over only after a session that did useful work, or lasted as long as the longest wait: a session that ends at the same value
/// each time would otherwise be opened several times a second. For one loop at a time.
/// </remarks>
internal sealed class ReconnectWaits(IRemoteEvents events, TimeProvider clock)
{
    /// <summary>How many sessions in a row were lost or could not be opened, without any useful work.</summary>
    private int _failures;

    /// <summary>When the present session was opened, as a reading of the clock; null for no session.</summary>
    private long? _openedAt;

    /// <summary>A session has been opened.</summary>
    internal void OnOpened() => _openedAt = clock.GetTimestamp();

    /// <summary>The session has done useful work.</summary>
    internal void OnUse() => Volatile.Write(ref _failures, 0);

    /// <summary>Waits.</summary>
    internal Task WaitAsync(Exception error, string part, CancellationToken cancellationToken)
    {
        var options = events.Reconnect;
        if (_openedAt is { } openedAt && clock.GetElapsedTime(openedAt) >= options.MaxDelay) OnUse();
        _openedAt = null;
        var longest = Math.Min(
            options.MaxDelay.TotalMilliseconds, options.Delay.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 20)));
        // At least half of it: after a broker's restart all processes reconnect at once.
        var delay = TimeSpan.FromMilliseconds(longest * (0.5 + (0.5 * RandomNumberGenerator.GetInt32(1024) / 1024)));
        events.OnReconnect(part, error, delay);
        return Task.Delay(delay, clock, cancellationToken);
    }

    /// <summary>Waits, unless no session is needed any more. Does not throw when it is cancelled.</summary>
    /// <param name="error">Why there is no session.</param>
    /// <param name="part">The part.</param>
    /// <param name="isDone">Whether no session is needed any more.</param>
    /// <param name="listenAsync">Ends when that may have changed. The caller signals again what this wait has consumed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async Task WaitAsync(
        Exception error, string part, Func<bool> isDone, Func<CancellationToken, Task> listenAsync, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = WaitAsync(error, part, over.Token);
        var listening = Task.CompletedTask;
        while (!waiting.IsCompleted && !isDone())
        {
            listening = listenAsync(over.Token);
            await Task.WhenAny(waiting, listening).ConfigureAwait(false);
        }

        await over.CancelAsync().ConfigureAwait(false);
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
