using System.Diagnostics.CodeAnalysis;

namespace Streamx.Hosting.Workers;

/// <summary>One attachment of a consumer to its stream, from subscribing to leaving.</summary>
/// <param name="number">Its number among the attachments of the consumer.</param>
/// <param name="subscription">The subscription.</param>
/// <param name="abortToken">Cancelled when the time for draining is up.</param>
[SuppressMessage("Design", "CA1001", Justification = "The consumer may hold the token for as long as it likes.")]
internal sealed class Attachment(int number, ConsumerSubscription subscription, CancellationToken abortToken)
{
    /// <summary>Cancelled when the consumer must give up.</summary>
    private readonly CancellationTokenSource _giveUp = CancellationTokenSource.CreateLinkedTokenSource(abortToken);

    /// <summary>The value of <see cref="_end"/> for an attachment that lasted to the end of the stream.</summary>
    private const int Ended = 1;

    /// <summary>
    /// How the attachment ended: zero while that is not decided, <see cref="Ended"/>, or a cause plus the number above that.
    /// </summary>
    private int _end;

    /// <summary>Ends when the consumer has been taken out while its code was at work.</summary>
    private readonly TaskCompletionSource _takenOut = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its number among the attachments of the consumer.</summary>
    internal int Number => number;

    /// <summary>The subscription.</summary>
    internal ConsumerSubscription Subscription => subscription;

    /// <summary>Whether there are values left for the consumer, or it is at work after the last of them.</summary>
    internal bool HasSomethingToDo => subscription.HasReachedEnd || subscription.GetSnapshot() is { ValuesAbandoned: > 0 } or { Lag: > 0 };

    /// <summary>Cancelled when the consumer must give up: at an abort, or because it has been detached.</summary>
    internal CancellationToken Token => _giveUp.Token;

    /// <summary>Why the consumer left before the end of the stream; null if it has not.</summary>
    internal StreamxDetachCause? DetachCause =>
        Volatile.Read(ref _end) is var end and > Ended ? (StreamxDetachCause)(end - Ended - 1) : null;

    /// <summary>Whether the consumer left before the end of the stream.</summary>
    internal bool WasDetached => Volatile.Read(ref _end) > Ended;

    /// <inheritdoc cref="_takenOut"/>
    internal Task TakenOut => _takenOut.Task;

    /// <summary>Decides how the attachment ends, once. The caller that gets true carries out the consequences.</summary>
    /// <param name="cause">Why the consumer leaves before the end of the stream; null if it does not.</param>
    internal bool TryEnd(StreamxDetachCause? cause) =>
        Interlocked.CompareExchange(ref _end, cause is { } early ? Ended + 1 + (int)early : Ended, 0) == 0;

    /// <summary>Whether it has been decided how the attachment ends.</summary>
    internal bool IsOver => Volatile.Read(ref _end) != 0;

    /// <summary>The consumer has been taken out: its further work does not count, and shutdown need not wait for it.</summary>
    internal void OnTakenOut() => _takenOut.TrySetResult();

    /// <summary>
    /// Tells the consumer to give up. Its callbacks run on the thread pool; <paramref name="onError"/> receives their exceptions.
    /// </summary>
    internal void GiveUp(Action<Exception> onError) => _ = GiveUpAsync(onError);

    private async Task GiveUpAsync(Action<Exception> onError)
    {
        try
        {
            await _giveUp.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException error)
        {
            onError(error);
        }
    }
}
