using System.Diagnostics;
using System.Threading.Channels;

namespace Streamx.Hosting.Remote.Leading;

/// <summary>A session for as long as it can be appended to, and what is on its way in it.</summary>
/// <param name="session">The session.</param>
/// <param name="contentType">What values are, as a MIME type.</param>
internal sealed class LeaderTerm(ILeadSession session, string contentType)
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What waits to be confirmed, in order.</summary>
    private readonly Channel<(IReadOnlyList<RemotePut> Puts, Task Confirmed)> _confirming = Channel.CreateUnbounded<(IReadOnlyList<RemotePut>, Task)>();

    /// <summary>The session.</summary>
    internal ILeadSession Session => session;

    /// <summary>Whether anybody has been told of it. Guarded by the lock of <see cref="LeaderTerms"/>.</summary>
    internal bool HasBegun { get; set; }

    /// <summary>Whether something that was appended has not been confirmed, and will not be. Complete once <see cref="ConfirmAsync"/> is.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>Ends with the term; by then the next one can be waited for.</summary>
    internal Task WhenOver => _over.Task;

    /// <summary>Appends puts behind those before, in one step. Not called concurrently.</summary>
    /// <param name="puts">One, or several of a call that puts many.</param>
    internal void Append(IReadOnlyList<RemotePut> puts)
    {
        // What the transport's client traces by itself belongs to this put, not to whichever the loop was started by.
        var before = Activity.Current;
        if (puts[0].Activity is { IsStopped: false } activity) StreamxTracing.MakeCurrent(activity);
        _confirming.Writer.TryWrite((puts, puts.Count == 1 ? session.AppendAsync(ValueOf(puts[0])) : session.AppendAsync([.. puts.Select(ValueOf)])));
        StreamxTracing.MakeCurrent(before);
    }

    /// <summary>Nothing is appended any more.</summary>
    internal void Complete() => _confirming.Writer.TryComplete();

    /// <summary>Tells in order what has been confirmed, until everything is that was appended. What fails is not told: it stays for the next session.</summary>
    internal async Task ConfirmAsync(Action<RemotePut> onConfirmed)
    {
        await foreach (var (puts, confirmed) in _confirming.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            await confirmed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!confirmed.IsCompletedSuccessfully) HasFailed = true;
            else foreach (var put in puts) onConfirmed(put);
        }
    }

    /// <summary>Ends it.</summary>
    internal void End() => _over.TrySetResult();

    private TransportValue ValueOf(RemotePut put) => new(put.Sequence, put.Body)
    {
        IsRepeated = put.IsRepeated,
        TraceParent = put.TraceParent,
        ContentType = contentType,
    };
}
