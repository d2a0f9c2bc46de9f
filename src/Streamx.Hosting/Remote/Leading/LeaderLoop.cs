using System.Runtime.CompilerServices;

namespace Streamx.Hosting.Remote.Leading;

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
/// <param name="host">The stream of which it is a part.</param>
/// <param name="window">How many values may be unfinished.</param>
/// <param name="clock">The stream's clock.</param>
/// <param name="maxBytes">How many bytes the unfinished values may have together, unless there is only one.</param>
internal sealed class LeaderLoop(IStreamTransport transport, IRemoteHost host, int window, TimeProvider clock, long maxBytes = long.MaxValue)
{
    /// <summary>The name that stands for all producers of this process together.</summary>
    internal const string Who = "producers";

    private readonly RemotePutQueue _queue = new(window, maxBytes, clock);
    private readonly LeaderTerms _terms = new();
    private readonly ReconnectWaits _waits = new(host, clock);

    /// <summary>Whether this process has decided the end of the stream, or was about to. Used by the leader loop alone.</summary>
    private bool _decidesEnd;

    /// <summary>
    /// Whether the stream's end is complete, so that every consumer has finished everything. Used by the leader loop alone.
    /// </summary>
    private bool _hasEnded;

    /// <inheritdoc cref="LeaderTerms.WhenLed"/>
    internal Task WhenLed => _terms.WhenLed;

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

    /// <inheritdoc cref="RemotePutQueue.AtPresent"/>
    internal void AtPresent(Action<long> look) => _queue.AtPresent(look);

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
        host.OnSessionWanted(Who);
        try
        {
            await LeadUntilClosedAsync(names, abort).ConfigureAwait(false);
        }
        finally
        {
            _terms.EndForGood(_hasEnded);
            host.OnSessionOver(Who);
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
                    if (session.HasEnded && !_decidesEnd) host.OnEndedElsewhere();
                    if (session is { HasEnded: true, EndsAt: null })
                    {
                        _hasEnded = true;
                        return;
                    }

                    _waits.OnOpened();
                    if (await RunAsync(session, abort).ConfigureAwait(false)) return;
                }
            }
            catch (Exception error) when (error is TransportException or OperationCanceledException)
            {
                if (abort.IsCancellationRequested) return;
                await _waits.WaitAsync(error, Who, () => _queue.IsDone, _queue.WaitAsync, abort).ConfigureAwait(false);
                _queue.Wake();
            }
        }
    }

    /// <summary>Waits to lead; null if that is no longer wanted.</summary>
    private async Task<ILeadSession?> LeadAsync(IReadOnlyCollection<string> names, CancellationToken abort)
    {
        using var unwanted = CancellationTokenSource.CreateLinkedTokenSource(abort);
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var leading = transport.LeadAsync(names, unwanted.Token);
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

    /// <summary>Appends until the session is lost, or no more puts come.</summary>
    /// <returns>Whether no more puts come.</returns>
    private async Task<bool> RunAsync(ILeadSession session, CancellationToken abort)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var (first, again) = _queue.StartEpoch(session);
        await session.BeginAsync(first).ConfigureAwait(false);
        _queue.NoteEpoch(session);
        var term = new LeaderTerm(session, host.ContentType);
        var confirmations = term.ConfirmAsync(put =>
        {
            _waits.OnUse();
            _queue.Confirm(put);
        });
        var isGivenUp = new StrongBox<bool>();
        var lost = CancelWhenLostAsync(session, isGivenUp, ended);
        try
        {
            foreach (var put in again)
            {
                await session.Positions.WaitAsync(put.Sequence - window, ended.Token).ConfigureAwait(false);
                term.Append([put]);
            }

            if (session.EndsAt is null) _queue.Enter(term);
            _terms.Begin(term);
            host.OnLeading(session.Epoch);
            if (session.EndsAt is null) await AppendAllAsync(session, ended.Token).ConfigureAwait(false);
            term.Complete();
            await confirmations.WaitAsync(ended.Token).ConfigureAwait(false);
            // Puts whose confirms were lost are appended again in the next session, also during a stop.
            if (term.HasFailed) throw await LossOfAsync(session).ConfigureAwait(false);
            var isEnded = (session.EndsAt is not null || _queue.EndsStream) && await EndAsync(session, ended.Token).ConfigureAwait(false);
            isGivenUp.Value = !session.WhenLost.IsCompleted;
            await session.ReleaseAsync(isEnded, abort).ConfigureAwait(false);
            var opensAgain = isEnded && session is { EndsAt: not null, HasEnded: false };
            _hasEnded = isEnded && !opensAgain;
            return !opensAgain;
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            throw await LossOfAsync(session).ConfigureAwait(false);
        }
        finally
        {
            _queue.Leave();
            _terms.End(term);
            term.Complete();
            isGivenUp.Value = true;
            await session.DisposeAsync().ConfigureAwait(false);
            await lost.ConfigureAwait(false);
            await confirmations.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AppendAllAsync(ILeadSession session, CancellationToken ended)
    {
        while (_queue.TryLook(out var next))
        {
            if (next is not var (sequence, needed))
            {
                await _queue.WaitAsync(ended).ConfigureAwait(false);
                continue;
            }

            var room = session.Positions.WaitAsync(needed, ended);
            // The put may be withdrawn while it waits. A process that stops must not then wait for a consumer that may take long.
            if (!room.IsCompleted && await Task.WhenAny(room, _queue.WhenEmptied).ConfigureAwait(false) != room) return;
            _queue.AppendFirst(sequence, await room.ConfigureAwait(false));
        }
    }

    /// <summary>Completes the end of the stream: decides it unless it is decided, appends it, and waits for every consumer.</summary>
    /// <returns>Whether it is complete; false if this process, which came later, is done: the next in line completes it.</returns>
    private async Task<bool> EndAsync(ILeadSession session, CancellationToken ended)
    {
        var end = _queue.Next;
        if (session.EndsAt is null)
        {
            _decidesEnd = true;
            await session.EndAsync(end).ConfigureAwait(false);
        }

        await session.AppendAsync(new TransportValue(end, default) { IsEnd = true, IsRepeated = session.EndsAt is not null }).ConfigureAwait(false);
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(ended);
        var reached = session.Positions.WaitAsync(end, ended);
        var listened = Task.CompletedTask;
        while (!reached.IsCompleted && (session.HasEnded || !_queue.IsDone))
        {
            listened = _queue.WaitAsync(listening.Token);
            await Task.WhenAny(reached, listened).ConfigureAwait(false);
        }

        await listening.CancelAsync().ConfigureAwait(false);
        await listened.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _queue.Wake();
        if (!reached.IsCompleted) return false;
        await reached.ConfigureAwait(false);
        _queue.Forget();
        return true;
    }

    private static async Task<TransportException> LossOfAsync(ILeadSession session)
    {
        var cause = await session.WhenLost.ConfigureAwait(false);
        return new TransportException(ErrorText.Of(cause), cause);
    }

    private async Task CancelWhenLostAsync(ILeadSession session, StrongBox<bool> isGivenUp, CancellationTokenSource ended)
    {
        var why = await session.WhenLost.ConfigureAwait(false);
        if (!isGivenUp.Value) host.OnLost(Who, why);
        await ended.CancelAsync().ConfigureAwait(false);
    }
}
