using System.Runtime.CompilerServices;

namespace Streamx.Hosting.Remote.Sessions;

/// <summary>One session of a consumer, from when it was joined until it is given up.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <param name="consumer">The consumer's name.</param>
/// <param name="session">The session. Disposed of with this one.</param>
/// <param name="fence">Its fence.</param>
/// <param name="local">The consumer's stream.</param>
/// <param name="events">The stream of which the consumer is a part.</param>
internal sealed class ConsumerSession<T>(
    string consumer, IJoinSession session, SessionFence fence, DeliveryStream<T> local, IRemoteEvents events)
{
    private readonly FinishReports _reports = new(session, local.Drained);

    /// <summary>Whether no more values are taken from it.</summary>
    private volatile bool _isOver;

    /// <summary>
    /// The number up to which its values are finished; the default for none. Final once <see cref="RunAsync"/> has ended.
    /// </summary>
    internal FinishedNumber Finished => _reports.Finished;

    /// <summary>Whether the consumer's values come to this process, as far as it knows.</summary>
    internal bool IsActive => !_isOver && session.IsActive;

    /// <summary>Gives the consumer what the session delivers, reports what it finishes, and gives the session up.</summary>
    /// <param name="intake">Takes what is delivered.</param>
    /// <param name="finished">The number up to which this process had finished everything before.</param>
    /// <param name="stop">Takes no more values.</param>
    /// <param name="abort">Waits for nothing any more.</param>
    /// <returns>Whether the consumer has come to the end of the stream.</returns>
    internal async Task<bool> RunAsync(DeliveryIntake<T> intake, FinishedNumber finished, CancellationToken stop, CancellationToken abort)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var isGivenUp = new StrongBox<bool>();
        var lost = EndWhenLostAsync(isGivenUp, ended);
        var overdue = EndWhenOverdueAsync(ended);
        var reporting = ReportAsync(ended);
        var hasReachedEnd = false;
        try
        {
            hasReachedEnd = await intake.RunAsync(session, fence, finished, _reports, ended.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or StreamFaultedException)
        {
            // Stopped, lost, left or faulted: the caller finds out which.
        }
        finally
        {
            _isOver = true;
            _reports.Complete();
        }

        // The consumer finishes what it has in hand, and reports it if the session lasts: then it is not delivered again.
        await ((Task)reporting).WaitAsync(abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // What could not be reported is delivered again, elsewhere or here; here it is then known to have been finished.
        if (reporting.IsCompleted) hasReachedEnd &= await reporting.ConfigureAwait(false);
        if (!abort.IsCancellationRequested) hasReachedEnd &= await TrySettleAsync(abort).ConfigureAwait(false);
        if (hasReachedEnd) local.Close();
        isGivenUp.Value = true;
        await session.DisposeAsync().ConfigureAwait(false);
        await lost.ConfigureAwait(false);
        await overdue.ConfigureAwait(false);
        return hasReachedEnd;
    }

    /// <summary>What ended the session, once it is over.</summary>
    internal async Task<TransportException> CauseAsync()
    {
        var cause = await (session.WhenOverdue.IsCompleted ? session.WhenOverdue : session.WhenLost).ConfigureAwait(false);
        return new TransportException(ErrorText.Of(cause), cause);
    }

    private async Task<bool> TrySettleAsync(CancellationToken abort)
    {
        try
        {
            await session.SettleAsync(abort).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>
    /// Reports what is finished. When the consumer left with unfinished values, ends the session, so that the next in line gets them.
    /// </summary>
    private async Task<bool> ReportAsync(CancellationTokenSource ended)
    {
        if (await _reports.RunAsync().ConfigureAwait(false) is not { } dropped) return true;
        local.NoteLeft(dropped.Attachment);
        await EndAsync(ended).ConfigureAwait(false);
        return false;
    }

    /// <summary>Before values are given to another process, takes back what it can, so that no value is in two hands at once.</summary>
    private async Task EndWhenOverdueAsync(CancellationTokenSource ended)
    {
        if (await Task.WhenAny(session.WhenOverdue, session.WhenLost).ConfigureAwait(false) != session.WhenOverdue) return;
        events.OnOverdue(consumer, await session.WhenOverdue.ConfigureAwait(false));
        await EndAsync(ended).ConfigureAwait(false);
        await fence.OnOverdueAsync().ConfigureAwait(false);
    }

    private async Task EndWhenLostAsync(StrongBox<bool> isGivenUp, CancellationTokenSource ended)
    {
        var why = await session.WhenLost.ConfigureAwait(false);
        if (!isGivenUp.Value) events.OnLost(consumer, why);
        await EndAsync(ended).ConfigureAwait(false);
    }

    /// <summary>Ends the intake, unless the session is over already: after an abort nothing waits for the reports.</summary>
    private static async Task EndAsync(CancellationTokenSource ended)
    {
        try
        {
            await ended.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The session is over.
        }
    }
}
