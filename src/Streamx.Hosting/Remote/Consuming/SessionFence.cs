namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Keeps a consumer between processes from beginning values to which its session no longer gives it the right.</summary>
/// <remarks>
/// <para>A value in the consumer's local stream outlives the session that delivered it, and by then another process may have it. So the
/// fence is asked about each value: before every call of a handler with it, the first and each retry, and before a loop gets it. A value
/// that is passed over counts as unfinished, and is delivered again.</para>
/// <para>The session may still be lost between the answer and the handler's first instruction: the epoch exists for that case
/// (<see cref="StreamxDelivery.Epoch"/>).</para>
/// </remarks>
internal sealed class SessionFence
{
    /// <summary>The position in the consumer's stream below which values must not be begun: their session is lost.</summary>
    private long _staleBelow;

    /// <summary>The position of the first value of the present session that was passed over.</summary>
    private long _firstPassedOver = long.MaxValue;

    /// <summary>The session that last delivered values to the consumer's stream; null before there is one.</summary>
    private volatile IJoinSession? _session;

    /// <summary>Given when values of the present session have been held for as long as the session allows.</summary>
    private volatile StopSignal? _overdue;

    /// <summary>The position in the consumer's stream below which values must not be begun.</summary>
    internal long StaleBelow => _session is { IsHeld: false } or { WhenOverdue.IsCompleted: true } ? long.MaxValue : Interlocked.Read(ref _staleBelow);

    /// <summary>Cancelled when values of the present session have been held for as long as the session allows.</summary>
    internal CancellationToken OverdueToken => _overdue?.Token ?? CancellationToken.None;

    /// <summary>Whether a value may be begun, or begun again, because its session lasts. If not, the value is passed over.</summary>
    /// <param name="position">Its position in the consumer's stream.</param>
    internal bool MayBegin(long position)
    {
        if (position >= StaleBelow) return true;
        // The first value that comes here: those behind it are stale, too, and are asked about later.
        Interlocked.CompareExchange(ref _firstPassedOver, position, long.MaxValue);
        return false;
    }

    /// <summary>Whether a value of the present session, or one before it, was passed over; such a value is not finished.</summary>
    /// <param name="position">The value's position in the consumer's stream.</param>
    internal bool HasPassedOver(long position) => position >= Interlocked.Read(ref _firstPassedOver);

    /// <summary>A session delivers values from now on. Every value of the session before is settled.</summary>
    /// <param name="session">The session.</param>
    /// <param name="onCallbackFailed">Called with what a callback on its token throws; null for no handler.</param>
    internal void OnJoined(IJoinSession session, Action<Exception>? onCallbackFailed = null)
    {
        _overdue = new StopSignal(onCallbackFailed ?? (_ => { }));
        Interlocked.Exchange(ref _firstPassedOver, long.MaxValue);
        _session = session;
    }

    /// <summary>Values of the session have been held for as long as it allows: cancels the token of those in hand.</summary>
    /// <returns>A task that ends when callbacks on the token have run.</returns>
    internal Task OnOverdueAsync() => _overdue?.GiveAsync() ?? Task.CompletedTask;

    /// <summary>The session is lost.</summary>
    /// <param name="accepted">How many values have been put into the consumer's stream.</param>
    internal void OnLost(long accepted) => Interlocked.Exchange(ref _staleBelow, accepted);
}
