using System.Data.Common;
using System.Runtime.ExceptionServices;

namespace Streamx.Hosting.Remote.Consuming;

/// <summary>
/// A call of a handler with a value, or a batch, of a stream between processes: what its code may know of it, and the transaction in which
/// that code finishes it. Flows with the code.
/// </summary>
/// <remarks>Safe from any thread.</remarks>
internal sealed class HandlerCall
{
    /// <summary>No transaction finishes the value yet.</summary>
    private const int Unfinished = 0;

    /// <summary>A mark is being written, or has been written.</summary>
    private const int Marked = 1;

    /// <summary>The handler has returned.</summary>
    private const int Over = 2;

    /// <summary>Set by a method that only calls the handler, so that it ends with the call.</summary>
    private static readonly AsyncLocal<HandlerCall?> s_current = new();

    private readonly SessionFence _fence;
    private readonly StreamxDelivery? _value;
    private readonly StreamxDelivery[] _batch;

    /// <summary>One of the constants above.</summary>
    private int _state;

    /// <inheritdoc cref="MayBeFinished"/>
    private volatile bool _mayBeFinished;

    /// <summary>The transaction that has the mark, while the handler runs; null without one.</summary>
    private volatile DbTransaction? _transaction;

    private HandlerCall(SessionFence fence, StreamxDelivery? value, StreamxDelivery[] batch) =>
        (_fence, _value, _batch) = (fence, value, batch);

    /// <summary>The call whose code runs here; null for none.</summary>
    internal static HandlerCall? Current => s_current.Value;

    /// <summary>How the value in hand came; null for a batch.</summary>
    internal StreamxDelivery? Value => _value;

    /// <summary>How the values of the batch in hand came, in their order; empty for a single value.</summary>
    internal StreamxDelivery[] Batch => _batch;

    /// <summary>Whether a transaction may have finished what is in hand: only the engine knows whether it has committed.</summary>
    internal bool MayBeFinished => _mayBeFinished;

    /// <summary>Begins a call with a value: it is the current one of the calling method, and of the methods that it calls.</summary>
    internal static HandlerCall Begin(SessionFence fence, StreamxDelivery value) => s_current.Value = new HandlerCall(fence, value, []);

    /// <summary>Begins a call with a batch.</summary>
    internal static HandlerCall Begin(SessionFence fence, StreamxDelivery[] batch) =>
        s_current.Value = new HandlerCall(fence, value: null, batch);

    /// <summary>
    /// Refuses a put or a flush that could only wait for itself: the engine writes nothing before a transaction is over that its caller
    /// has open.
    /// </summary>
    /// <param name="transport">What carries the stream that it goes to.</param>
    /// <param name="stream">The name of that stream.</param>
    /// <exception cref="InvalidOperationException">It is such a put.</exception>
    internal static void CheckPut(IStreamTransport transport, string stream)
    {
        if (s_current.Value?._transaction is { } transaction && transport.IsBlockedBy(transaction))
        {
            throw new InvalidOperationException(
                $"A put into stream '{stream}' would wait for ever: its handler has called {nameof(StreamxDelivery.FinishCurrentInAsync)} "
                + "with a transaction that locks what keeps this stream, too. Put before the transaction begins, or after it is over.");
        }
    }

    /// <inheritdoc cref="StreamxDelivery.FinishCurrentInAsync"/>
    internal async Task FinishInAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Marked, Unfinished) is not Unfinished and var state)
        {
            throw new InvalidOperationException(state == Over
                ? "The handler has returned: it has nothing in hand any more that a transaction could finish."
                : $"What is in hand has been finished in a transaction already: {nameof(StreamxDelivery.FinishCurrentInAsync)} is called "
                    + "once for a value, or for a batch.");
        }

        // Before the first write: a call that fails partway may have written.
        _mayBeFinished = true;
        _transaction = transaction;
        try
        {
            foreach (var (first, last) in Ranges())
                await _fence.Session.FinishInAsync(first, last, transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // An engine that cannot write marks cannot read them either.
            if (error is NotSupportedException) _mayBeFinished = false;
            _transaction = null;
            Interlocked.CompareExchange(ref _state, Unfinished, Marked);
            throw;
        }
    }

    /// <summary>The handler has returned, or thrown.</summary>
    internal void End()
    {
        Interlocked.Exchange(ref _state, Over);
        _transaction = null;
    }

    /// <summary>Reads back whether the transaction of a call that has ended has committed, and decides by that.</summary>
    /// <param name="failure">What the handler threw; null if it returned.</param>
    /// <param name="onFailed">Called with that where it decides nothing, and with why.</param>
    /// <param name="abortToken">Waits no more.</param>
    /// <returns>Whether what is in hand is settled; false if it is to be passed over, since its session is over.</returns>
    /// <remarks>Throws <paramref name="failure"/> if the transaction has not committed: then it is a failure like any other.</remarks>
    internal async Task<bool> SettleAsync(Exception? failure, Action<Exception, ItemInHand, string> onFailed, CancellationToken abortToken)
    {
        var isFinished = await HasCommittedAsync(abortToken).ConfigureAwait(false);
        if (isFinished == true)
        {
            if (failure is not null) onFailed(failure, Item, "The transaction has committed, so it is finished");
            return true;
        }

        if (failure is null) return isFinished is not null;
        if (!abortToken.IsCancellationRequested)
        {
            if (isFinished is null)
                onFailed(failure, Item, "The session was lost: it is delivered again if the transaction has not committed");
            if (isFinished is null || _fence.IsOverdue) return false;
        }

        ExceptionDispatchInfo.Throw(failure);
        return false;
    }

    private ItemInHand Item => _value is { } value ? new ItemInHand(value) : new ItemInHand(_batch[0].Sequence, _batch.Length, _batch);

    /// <summary>
    /// Whether the transaction has committed; null if that cannot be known here, since the session is over, or the caller gives up.
    /// </summary>
    private async Task<bool?> HasCommittedAsync(CancellationToken abortToken)
    {
        try
        {
            foreach (var (first, last) in Ranges())
                if (!await _fence.Session.HasFinishedInAsync(first, last, abortToken).ConfigureAwait(false)) return false;
            return true;
        }
        catch (TransportException)
        {
            // Only then is the value delivered again.
            await ((Task)_fence.Session.WhenLost.WaitAsync(abortToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return null;
        }
        catch (OperationCanceledException) when (abortToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The numbers in hand, as ranges: values of a batch may stand apart, where slots share the values between them.</summary>
    private IEnumerable<(long First, long Last)> Ranges()
    {
        if (_value is { } value)
        {
            yield return (value.Sequence, value.Sequence);
            yield break;
        }

        var first = _batch[0].Sequence;
        for (var i = 1; i <= _batch.Length; i++)
        {
            var last = _batch[i - 1].Sequence;
            if (i < _batch.Length && _batch[i].Sequence == last + 1) continue;
            yield return (first, last);
            if (i < _batch.Length) first = _batch[i].Sequence;
        }
    }
}
