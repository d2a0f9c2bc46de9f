namespace Streamx.Hosting.Remote.Producing;

/// <summary>The puts of this process that not every consumer has finished: those that wait, and those that have been appended.</summary>
/// <remarks>
/// <para>Invariants. Numbers are given in the order of the puts, without gaps, when they are appended. A put is appended only while a
/// leader term lasts, and only once every consumer has finished up to its number minus the window. An appended put is kept until it is
/// confirmed and every consumer has finished it. Once the queue is closed it takes no put.</para>
/// <para>Callers hear of the end of their put outside the lock. The measured wait alone is reported inside, in the order of the
/// transitions.</para>
/// </remarks>
/// <param name="window">How many values may be unfinished.</param>
/// <param name="maxBytes">How many bytes the unfinished values may have together, unless there is only one.</param>
/// <param name="clock">The stream's clock.</param>
internal sealed partial class RemotePutQueue(int window, long maxBytes, TimeProvider clock)
{
    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>Puts that have not been appended.</summary>
    private readonly WaitingPuts _waiting = new(clock);

    /// <summary>The callers' tokens of the waiting puts.</summary>
    private readonly PutTokens _tokens = new();

    /// <summary>Puts that have been appended.</summary>
    private readonly UnfinishedPuts _sent = new();

    /// <summary>Set when there may be something to do.</summary>
    private readonly AsyncAutoResetEvent _signal = new();

    /// <summary>The term while it can be appended to; null otherwise.</summary>
    private LeaderTerm? _term;

    /// <summary>How many values have been confirmed.</summary>
    private long _accepted;

    /// <inheritdoc cref="WhenEmptied"/>
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether no more puts are taken.</summary>
    private bool _isClosed;

    /// <summary>Whether the stream ends behind its puts.</summary>
    private bool _endsStream;

    /// <summary>Whether the next in line goes on with the stream, whatever was to become of it before.</summary>
    private bool _isHandedOver;

    /// <summary>Waits until there may be something to do. For one loop at a time.</summary>
    internal Task WaitAsync(CancellationToken cancellationToken) => _signal.WaitAsync(cancellationToken);

    /// <summary>Wakes the loop.</summary>
    internal void Wake() => _signal.Set();

    /// <summary>Takes puts, which stay together from here on.</summary>
    /// <param name="puts">One, or the values of a call that puts many.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Whether they have been taken; false once the queue is closed.</returns>
    internal bool TryQueue(IReadOnlyList<RemotePut> puts, CancellationToken cancellationToken)
    {
        PutTokens.Registration? registration = null;
        bool isTooLate;
        lock (_lock)
        {
            if (_isClosed) return false;
            isTooLate = IsTooLateLocked(puts[0]);
            foreach (var put in isTooLate ? [] : puts)
            {
                put.Token = cancellationToken;
                _waiting.Add(put);
                // Each put is counted; the first put of a token makes the registration.
                var added = _tokens.AddLocked(cancellationToken);
                registration ??= added;
            }
        }

        if (isTooLate)
        {
            foreach (var put in puts) put.Fail(put.Term!.NewRefusal());
            return true;
        }

        Wake();
        // Outside the lock: a token that is cancelled calls back at once.
        registration?.Begin(cancellationToken.UnsafeRegister(static (line, token) => ((RemotePutQueue)line!).Withdraw(token), this));
        return true;
    }

    /// <summary>Ends when no put waits and no more can come.</summary>
    internal Task WhenEmptied => _emptied.Task;

    /// <summary>Takes no more puts.</summary>
    /// <param name="endsStream">Whether the stream ends behind the puts that are queued, rather than be handed over to the next in
    /// line.</param>
    internal void Close(bool endsStream)
    {
        lock (_lock)
        {
            _isClosed = true;
            _endsStream |= endsStream && !_isHandedOver;
            NoteEmptiedLocked();
        }

        Wake();
    }

    /// <summary>The stream is not ended here, even if it was to be: its consumers in this process cannot come to the end.</summary>
    internal void HandOver()
    {
        lock (_lock) (_isHandedOver, _endsStream) = (true, false);
        Wake();
    }

    /// <summary>Calls back between two transitions of puts, with the time.</summary>
    internal void BetweenTransitions(Action<long> look)
    {
        lock (_lock) look(clock.GetTimestamp());
    }

    /// <summary>Takes no more puts, and refuses every put that has not been confirmed.</summary>
    /// <param name="because">Makes the exception of each: a shared instance would mix stack traces.</param>
    internal void Refuse(Func<Exception> because)
    {
        List<RemotePut> waiting;
        List<RemotePut> sent;
        lock (_lock)
        {
            _isClosed = true;
            waiting = _waiting.TakeAll(_ => true);
            foreach (var put in waiting) _tokens.RemoveLocked(put.Token);
            NoteEmptiedLocked();
            sent = [.. _sent.Unconfirmed];
            foreach (var put in sent) put.IsRefused = true;
        }

        foreach (var put in waiting) put.Fail(because());
        foreach (var put in sent) put.Fail(Unknown(because()));
        Wake();
    }

    /// <summary>The exception of a put that had been sent: consumers may have received it.</summary>
    private static Exception Unknown(Exception because) => because is StreamClosedException closed
        ? new StreamClosedException(
            "The stream was closed before it was known whether the value was accepted: consumers may have received it.",
            closed) { Origin = closed.Origin }
        : because;

    /// <summary>Whether the leader term is over in which alone a put is appended.</summary>
    private bool IsTooLateLocked(RemotePut put) => put.Term is { } term && !term.IsOf(_term);

    private void NoteEmptiedLocked()
    {
        if (_isClosed && _waiting.Count == 0) _emptied.TrySetResult();
    }

    /// <summary>Withdraws the waiting puts of a token. Cancelling does nothing to an appended put: a put is all or none.</summary>
    private void Withdraw(CancellationToken token)
    {
        List<RemotePut> withdrawn;
        lock (_lock)
        {
            withdrawn = _waiting.TakeAll(put => put.Token == token);
            foreach (var put in withdrawn) _tokens.RemoveLocked(put.Token);
            NoteEmptiedLocked();
        }

        foreach (var put in withdrawn) put.Fail(new OperationCanceledException(token));
        Wake();
    }
}
