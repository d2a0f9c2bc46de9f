namespace Streamx.Hosting.Remote.Sessions;

/// <summary>
/// Leads a stream between processes and appends the puts of this process: in order, within the window, and again after a break.
/// </summary>
/// <remarks>
/// <para>One loop leads the stream whenever it can. Puts wait in a queue; the head waits until every registered consumer has finished up
/// to its number minus the window, and is then appended; its call ends when it is confirmed. So several puts may be unconfirmed, never
/// more than the window.</para>
/// <para>An appended put is kept until every consumer has finished it. If the session is lost and no other process has led since, the put
/// is appended again under the same number, which consumers recognise. If another process has led, an unconfirmed put is appended
/// anew.</para>
/// </remarks>
/// <param name="transport">Carries the stream.</param>
/// <param name="events">The stream of which it is a part.</param>
/// <param name="window">How many values may be unfinished.</param>
/// <param name="clock">The stream's clock.</param>
/// <param name="maxBytes">How many bytes the unfinished values may have together, unless there is only one.</param>
internal sealed class LeaderLoop(
    IStreamTransport transport, IRemoteEvents events, int window, TimeProvider clock, long maxBytes = long.MaxValue)
{
    /// <summary>The name that stands for all producers of this process together.</summary>
    internal const string PartName = "producers";

    private readonly RemotePutQueue _queue = new(window, maxBytes, clock);
    private readonly LeaderTerms _terms = new();
    private readonly ReconnectWaits _waits = new(events, clock);

    /// <summary>Whether this process has decided the end of the stream, or was about to. Used by the leader loop alone.</summary>
    private bool _decidesEnd;

    /// <summary>
    /// Whether the stream's end is complete, so that every consumer has finished everything. Used by the leader loop alone.
    /// </summary>
    private bool _hasEnded;

    /// <summary>The consumers of this process that begin at the oldest value when they are first registered.</summary>
    internal IReadOnlyCollection<string> FromOldest { get; set; } = [];

    /// <inheritdoc cref="LeaderTerms.WhenLed"/>
    internal Task WhenLed => _terms.WhenLed;

    /// <inheritdoc cref="LeaderTerms.WhenLeading"/>
    internal Task<LeaderTerm?> WhenLeading => _terms.WhenLeading;

    /// <summary>How many values of this process have been confirmed.</summary>
    internal long ValuesAccepted => _queue.ValuesAccepted;

    /// <inheritdoc cref="RemotePutQueue.Pending"/>
    internal int Pending => _queue.Pending;

    /// <inheritdoc cref="RemotePutQueue.OldestWait"/>
    internal TimeSpan? OldestWait => _queue.OldestWait;

    /// <inheritdoc cref="RemotePutQueue.OldestUnfinished"/>
    internal TimeSpan? OldestUnfinished => _queue.OldestUnfinished;

    /// <summary>Whether this process leads now.</summary>
    internal bool IsLeading => _queue.Leading is not null;

    /// <summary>The registered consumers, how far each is behind and where it runs; null unless this process leads.</summary>
    internal IReadOnlyList<StreamxRemoteName>? DescribeNames()
    {
        if (_queue.Leading is not var (term, head, needed)) return null;
        return
        [
            .. term.Session.Positions.Snapshot().OrderBy(name => name.Key, Names.Comparer).Select(name => term.Session.Processes.Describe(
                name.Key,
                name.Value == ConsumerPositions.Unknown ? null : Math.Max(0, head - name.Value),
                isGating: name.Value < needed)),
        ];
    }

    /// <inheritdoc cref="RemotePutQueue.TryQueue"/>
    internal bool TryQueue(IReadOnlyList<RemotePut> puts, CancellationToken cancellationToken) => _queue.TryQueue(puts, cancellationToken);

    /// <inheritdoc cref="RemotePutQueue.HasRoom"/>
    internal bool HasRoom => _queue.HasRoom;

    /// <inheritdoc cref="RemotePutQueue.TryAppend"/>
    internal bool TryAppend(RemotePut put) => _queue.TryAppend(put);

    /// <inheritdoc cref="RemotePutQueue.Close"/>
    internal void Close(bool endsStream) => _queue.Close(endsStream);

    /// <inheritdoc cref="RemotePutQueue.HandOver"/>
    internal void HandOver() => _queue.HandOver();

    /// <inheritdoc cref="RemotePutQueue.BetweenTransitions"/>
    internal void BetweenTransitions(Action<long> look) => _queue.BetweenTransitions(look);

    /// <inheritdoc cref="RemotePutQueue.Refuse"/>
    internal void Refuse(Func<Exception> because) => _queue.Refuse(because);

    /// <summary>Waits until every consumer has finished what this process has put before.</summary>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        var puts = _queue.Unfinished;
        foreach (var put in puts) await Task.WhenAny(put.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        // Withdrawn and refused puts are not in the stream. Numbers are read each time: a store that was wiped gives new ones.
        RemotePut[] accepted = [.. puts.Where(put => put.Task.IsCompletedSuccessfully)];
        if (accepted.Length == 0) return;
        await _terms.WaitUntilFinishedAsync(() => accepted.Max(put => put.Sequence), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Leads whenever it can, until the queue is closed and everything has been confirmed. It does not fault.</summary>
    internal async Task RunAsync(IReadOnlyCollection<string> names, CancellationToken abort)
    {
        events.OnSessionWanted(PartName);
        try
        {
            await LeadUntilClosedAsync(names, abort).ConfigureAwait(false);
        }
        finally
        {
            _terms.EndForGood(_hasEnded);
            events.OnSessionOver(PartName);
        }
    }

    private async Task LeadUntilClosedAsync(IReadOnlyCollection<string> names, CancellationToken abort)
    {
        while (!abort.IsCancellationRequested)
        {
            try
            {
                if (_queue.IsDone) return;
                var session = await LeadAsync(names, abort).ConfigureAwait(false);
                if (session is null) return;
                await using (session.ConfigureAwait(false))
                {
                    // Before anything else: a put that is refused is not appended again.
                    if (session.HasEnded && !_decidesEnd) events.OnEndedElsewhere();
                    if (session is { HasEnded: true, EndsAt: null })
                    {
                        _hasEnded = true;
                        return;
                    }

                    _waits.OnOpened();
                    var leading = new LeaderSession(session, _queue, _terms, events, window, _waits.OnUse);
                    try
                    {
                        if (await leading.RunAsync(abort).ConfigureAwait(false)) return;
                    }
                    finally
                    {
                        _decidesEnd |= leading.DecidesEnd;
                        _hasEnded = leading.HasEnded;
                    }
                }
            }
            catch (Exception error) when (error is TransportException or OperationCanceledException)
            {
                if (abort.IsCancellationRequested) return;
                await _waits.WaitAsync(error, PartName, () => _queue.IsDone, _queue.WaitAsync, abort).ConfigureAwait(false);
                _queue.Wake();
            }
        }
    }

    /// <summary>Waits to lead; null if that is no longer wanted.</summary>
    private async Task<ILeadSession?> LeadAsync(IReadOnlyCollection<string> names, CancellationToken abort)
    {
        using var unwanted = CancellationTokenSource.CreateLinkedTokenSource(abort);
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var leading = RegisterAndLeadAsync(names, unwanted.Token);
        var listened = Task.CompletedTask;
        while (!leading.IsCompleted && !abort.IsCancellationRequested)
        {
            listened = _queue.WaitAsync(listening.Token);
            await Task.WhenAny(leading, listened).ConfigureAwait(false);
            if (!leading.IsCompleted && _queue.IsDone) await unwanted.CancelAsync().ConfigureAwait(false);
        }

        await listening.CancelAsync().ConfigureAwait(false);
        // The cancelled wait may have been woken at that moment. If it still ran, it would clear the flag after the Set below, which
        // would then be lost.
        await listened.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            return await leading.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (unwanted.IsCancellationRequested && !abort.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            // A Set that this wait consumed belongs to the next loop that waits.
            _queue.Wake();
        }
    }

    private async Task<ILeadSession> RegisterAndLeadAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        // Before leading registers them, which would have them begin now.
        if (FromOldest.Count > 0) await transport.RegisterAsync(FromOldest, StartFrom.Oldest, cancellationToken).ConfigureAwait(false);
        return await transport.LeadAsync(names, cancellationToken).ConfigureAwait(false);
    }
}
