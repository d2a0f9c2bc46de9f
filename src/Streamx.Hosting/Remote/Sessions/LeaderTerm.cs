using System.Diagnostics;
using System.Threading.Channels;

namespace Streamx.Hosting.Remote.Sessions;

/// <summary>A leader term: a session for as long as it can be appended to, with the puts that are not confirmed.</summary>
/// <param name="session">The session.</param>
/// <param name="contentType">The MIME type of the values.</param>
internal sealed class LeaderTerm(ILeadSession session, string contentType)
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The puts that wait to be confirmed, in order.</summary>
    private readonly Channel<(IReadOnlyList<RemotePut> Puts, Task Confirmed)> _confirming =
        Channel.CreateUnbounded<(IReadOnlyList<RemotePut>, Task)>();

    /// <summary>The session.</summary>
    internal ILeadSession Session => session;

    /// <summary>Whether the term has been given to waiters. Guarded by the lock of <see cref="LeaderTerms"/>.</summary>
    internal bool HasBegun { get; set; }

    /// <summary>Whether an appended put has not been confirmed, and will not be. Final once <see cref="ConfirmAsync"/> has ended.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>Ends with the term; by then a caller can wait for the next one.</summary>
    internal Task WhenOver => _over.Task;

    /// <summary>Appends puts behind those before, in one step. Not called concurrently.</summary>
    /// <param name="puts">One, or several of a call that puts many.</param>
    internal void Append(IReadOnlyList<RemotePut> puts)
    {
        // What the transport's client traces by itself belongs to this put, not to the activity that started the loop.
        var before = Activity.Current;
        if (puts[0].Activity is { IsStopped: false } activity) StreamxTracing.MakeCurrent(activity);
        _confirming.Writer.TryWrite(
            (puts, puts.Count == 1 ? session.AppendAsync(ValueOf(puts[0])) : session.AppendAsync([.. puts.Select(ValueOf)])));
        StreamxTracing.MakeCurrent(before);
    }

    /// <summary>No more puts are appended.</summary>
    internal void Complete() => _confirming.Writer.TryComplete();

    /// <summary>
    /// Calls back for each confirmed put, in order, until all appended ones are confirmed. A put that fails stays for the next session.
    /// </summary>
    internal async Task ConfirmAsync(Action<RemotePut> onConfirmed)
    {
        await foreach (var (puts, confirmed) in _confirming.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            await confirmed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!confirmed.IsCompletedSuccessfully) HasFailed = true;
            else foreach (var put in puts) onConfirmed(put);
        }
    }

    /// <summary>Ends the term.</summary>
    internal void End() => _over.TrySetResult();

    private TransportValue ValueOf(RemotePut put) => new(put.Sequence, put.Body)
    {
        IsRepeated = put.IsRepeated,
        TraceParent = put.TraceParent,
        ContentType = contentType,
        Bookmark = put is { Bookmark: { } bookmark, Term: { } term } ? new TransportBookmark(term.Producer, bookmark) : null,
    };
}
