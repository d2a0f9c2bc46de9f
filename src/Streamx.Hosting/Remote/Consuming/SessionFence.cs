namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Keeps a consumer between processes from beginning what its session no longer gives it the right to.</summary>
/// <remarks>
/// <para>What was handed to the consumer's stream in this process outlives the session it came from, and by then may be with another
/// process. So each value is asked about before a handler is called with it, the first time and every other, and before a loop gets
/// it. One that is passed over counts as unfinished, and is delivered again.</para>
/// <para>Between the answer and the handler's first instruction the session may still be lost: that is what the epoch is for
/// (<see cref="StreamxDelivery.Epoch"/>).</para>
/// </remarks>
internal sealed class SessionFence
{
    /// <summary>The position in the consumer's stream below which values are not to be begun: their session is lost.</summary>
    private long _staleBelow;

    /// <summary>The position of the first value of the present session that was passed over.</summary>
    private long _firstPassedOver = long.MaxValue;

    /// <summary>The session that values in the consumer's stream came from last; null before there is one.</summary>
    private volatile IJoinSession? _session;

    /// <summary>Given when values of the present session have been held for as long as it allows.</summary>
    private volatile StopSignal? _overdue;

    /// <summary>The position in the consumer's stream below which values are not to be begun.</summary>
    internal long StaleBelow => _session is { IsHeld: false } or { WhenOverdue.IsCompleted: true } ? long.MaxValue : Interlocked.Read(ref _staleBelow);

    /// <summary>Cancelled when values of the present session have been held for as long as it allows.</summary>
    internal CancellationToken OverdueToken => _overdue?.Token ?? CancellationToken.None;

    /// <summary>Whether a value may be begun, or begun again: its session lasts. One that may not is passed over.</summary>
    /// <param name="position">Its position in the consumer's stream.</param>
    internal bool MayBegin(long position)
    {
        if (position >= StaleBelow) return true;
        // The first that comes here: those behind it are stale, too, and are asked about later.
        Interlocked.CompareExchange(ref _firstPassedOver, position, long.MaxValue);
        return false;
    }

    /// <summary>Whether a value of the present session, or one before it, was passed over: it is not finished then.</summary>
    /// <param name="position">The value's position in the consumer's stream.</param>
    internal bool HasPassedOver(long position) => position >= Interlocked.Read(ref _firstPassedOver);

    /// <summary>Values come from a session now. Nothing of the one before is unsettled.</summary>
    /// <param name="session">The session.</param>
    /// <param name="onCallbackFailed">Told what a callback on its token throws; null for no one.</param>
    internal void OnJoined(IJoinSession session, Action<Exception>? onCallbackFailed = null)
    {
        _overdue = new StopSignal(onCallbackFailed ?? (_ => { }));
        Interlocked.Exchange(ref _firstPassedOver, long.MaxValue);
        _session = session;
    }

    /// <summary>Values of the session have been held for as long as it allows: cancels the token of what is in hand.</summary>
    /// <returns>A task that ends when callbacks on the token have run.</returns>
    internal Task OnOverdueAsync() => _overdue?.GiveAsync() ?? Task.CompletedTask;

    /// <summary>The session is lost.</summary>
    /// <param name="accepted">How many values have been put into the consumer's stream.</param>
    internal void OnLost(long accepted) => Interlocked.Exchange(ref _staleBelow, accepted);
}
