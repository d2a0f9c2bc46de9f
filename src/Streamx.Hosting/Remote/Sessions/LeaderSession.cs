using System.Runtime.CompilerServices;

namespace Streamx.Hosting.Remote.Sessions;

/// <summary>One session in which this process leads a stream: appends what is queued, and ends the stream if it is to end.</summary>
/// <param name="session">The session, not begun.</param>
/// <param name="queue">The puts of this process.</param>
/// <param name="terms">Notified of the leader term of the session.</param>
/// <param name="events">The stream of which this is a part.</param>
/// <param name="window">How many values may be unfinished.</param>
/// <param name="onConfirmed">Called for each confirmed put: the session does useful work.</param>
internal sealed class LeaderSession(
    ILeadSession session, RemotePutQueue queue, LeaderTerms terms, IRemoteEvents events, int window, Action onConfirmed)
{
    /// <summary>Whether this process has decided the end of the stream, or was about to.</summary>
    internal bool DecidesEnd { get; private set; }

    /// <summary>Whether the stream's end is complete, so that every consumer has finished everything.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>Appends until the session is lost, or no more puts come.</summary>
    /// <returns>Whether no more puts come.</returns>
    internal async Task<bool> RunAsync(CancellationToken abort)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var (first, again) = queue.StartEpoch(session);
        await session.BeginAsync(first).ConfigureAwait(false);
        queue.NoteEpoch(session);
        var term = new LeaderTerm(session, events.ContentType);
        var confirmations = term.ConfirmAsync(put =>
        {
            onConfirmed();
            queue.Confirm(put);
        });
        var isGivenUp = new StrongBox<bool>();
        var lost = CancelWhenLostAsync(isGivenUp, ended);
        try
        {
            foreach (var put in again)
            {
                await session.Positions.WaitAsync(put.Sequence - window, ended.Token).ConfigureAwait(false);
                term.Append([put]);
            }

            if (session.EndsAt is null) queue.Enter(term);
            terms.Begin(term);
            events.OnLeading(session, first);
            if (session.EndsAt is null) await AppendAllAsync(ended.Token).ConfigureAwait(false);
            term.Complete();
            await confirmations.WaitAsync(ended.Token).ConfigureAwait(false);
            // Puts whose confirms were lost are appended again in the next session, also during a stop.
            if (term.HasFailed) throw await LossAsync().ConfigureAwait(false);
            var isEnded = (session.EndsAt is not null || queue.EndsStream) && await EndAsync(ended.Token).ConfigureAwait(false);
            isGivenUp.Value = !session.WhenLost.IsCompleted;
            await session.ReleaseAsync(isEnded, abort).ConfigureAwait(false);
            var opensAgain = isEnded && session is { EndsAt: not null, HasEnded: false };
            HasEnded = isEnded && !opensAgain;
            return !opensAgain;
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            throw await LossAsync().ConfigureAwait(false);
        }
        finally
        {
            queue.Leave();
            terms.End(term);
            term.Complete();
            isGivenUp.Value = true;
            await session.DisposeAsync().ConfigureAwait(false);
            await lost.ConfigureAwait(false);
            await confirmations.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AppendAllAsync(CancellationToken ended)
    {
        while (queue.TryLook(out var next))
        {
            if (next is not var (sequence, needed))
            {
                await queue.WaitAsync(ended).ConfigureAwait(false);
                continue;
            }

            var room = session.Positions.WaitAsync(needed, ended);
            // The put may be withdrawn while it waits. A process that stops must not then wait for a consumer that may take long.
            if (!room.IsCompleted && await Task.WhenAny(room, queue.WhenEmptied).ConfigureAwait(false) != room) return;
            queue.AppendFirst(sequence, await room.ConfigureAwait(false));
        }
    }

    /// <summary>Completes the end of the stream: decides it unless it is decided, appends it, and waits for every consumer.</summary>
    /// <returns>Whether it is complete; false if this process, which came later, is done: the next in line completes it.</returns>
    private async Task<bool> EndAsync(CancellationToken ended)
    {
        var end = queue.Next;
        if (session.EndsAt is null)
        {
            DecidesEnd = true;
            await session.EndAsync(end).ConfigureAwait(false);
        }

        await session.AppendAsync(
            new TransportValue(end, default) { IsEnd = true, IsRepeated = session.EndsAt is not null }).ConfigureAwait(false);
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(ended);
        var reached = session.Positions.WaitAsync(end, ended);
        var listened = Task.CompletedTask;
        while (!reached.IsCompleted && (session.HasEnded || !queue.IsDone))
        {
            listened = queue.WaitAsync(listening.Token);
            await Task.WhenAny(reached, listened).ConfigureAwait(false);
        }

        await listening.CancelAsync().ConfigureAwait(false);
        await listened.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        queue.Wake();
        if (!reached.IsCompleted) return false;
        await reached.ConfigureAwait(false);
        queue.Forget(session);
        return true;
    }

    private async Task<TransportException> LossAsync()
    {
        var cause = await session.WhenLost.ConfigureAwait(false);
        return new TransportException(ErrorText.Of(cause), cause);
    }

    private async Task CancelWhenLostAsync(StrongBox<bool> isGivenUp, CancellationTokenSource ended)
    {
        var why = await session.WhenLost.ConfigureAwait(false);
        if (!isGivenUp.Value) events.OnLost(LeaderLoop.PartName, why);
        await ended.CancelAsync().ConfigureAwait(false);
    }
}
