using System.Diagnostics.CodeAnalysis;

namespace Streamx.Hosting.Remote.Sessions;

/// <summary>Keeps a consumer between processes from beginning values once their session no longer gives it the right to.</summary>
/// <remarks>
/// <para>A delivery in the consumer's local stream outlives its session, and by then another process may have the value. So the fence is
/// asked about each: before every call of a handler with it, the first and each retry, and before a loop gets it. A value that is passed
/// over counts as unfinished, and is delivered again.</para>
/// <para>The session may still be lost between the answer and the handler's first instruction: the epoch exists for that case
/// (<see cref="StreamxDelivery.Epoch"/>).</para>
/// <para>Safe from any thread.</para>
/// </remarks>
/// <param name="session">The session.</param>
/// <param name="onCallbackFailed">Called with what a callback on a handler's token throws.</param>
internal sealed class SessionFence(IJoinSession session, Action<Exception> onCallbackFailed) : IDisposable
{
    /// <summary>Given when values of the session have been held for as long as it allows.</summary>
    private readonly StopSignal _overdue = new(onCallbackFailed);

    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>Cancelled with the overdue signal or <see cref="_abortToken"/>. Kept: handlers get the same token each time.</summary>
    private CancellationTokenSource? _either;

    private CancellationToken _abortToken;

    /// <summary>The session.</summary>
    internal IJoinSession Session => session;

    /// <summary>Whether values of the session may be begun.</summary>
    internal bool IsOpen => session.IsHeld && !session.WhenOverdue.IsCompleted;

    /// <summary>Whether the handlers have been told that values have been held for too long.</summary>
    internal bool IsOverdue => _overdue.IsGiven;

    /// <summary>The token for a handler: cancelled when a value of the session has been held for too long, or with another token.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "Disposed with the fence, or when it is replaced.")]
    internal CancellationToken TokenFor(CancellationToken abortToken)
    {
        lock (_lock)
        {
            // The other token changes only with the consumer's attachment, and then no call with the former one is under way.
            if (_either is not null && _abortToken == abortToken) return _either.Token;
            _either?.Dispose();
            _abortToken = abortToken;
            _either = CancellationTokenSource.CreateLinkedTokenSource(abortToken, _overdue.Token);
            return _either.Token;
        }
    }

    /// <summary>Values of the session have been held for as long as it allows: cancels the tokens of those in hand.</summary>
    /// <returns>A task that ends when callbacks on the tokens have run. It does not fault.</returns>
    internal Task OnOverdueAsync() => _overdue.GiveAsync();

    /// <summary>Forgets the tokens: no handler has a value of the session in hand any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _either?.Dispose();
            _either = null;
        }
    }
}
