using System.Runtime.InteropServices;

namespace Streamx.Engine;

/// <content>Puts of many values: as many at once as there is room for, the rest from the head of the queue.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Commits as many values as there is room for, and queues the put with the rest.</summary>
    /// <param name="memory">The values.</param>
    /// <param name="observer">As for <see cref="Put"/>.</param>
    /// <param name="cancellationToken">Withdraws what still waits.</param>
    internal ValueTask PutMany(ReadOnlyMemory<T> memory, PutObserver? observer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return CancelledAsync(PutCancelled(0, memory.Length, cancellationToken));
        if (memory.IsEmpty) return PutEmpty();
        // Memory of another kind is user code, which must not run under the lock.
        if (!MemoryMarshal.TryGetArray(memory, out var values)) values = memory.ToArray();
        observer ??= _observer;
        var trace = observer?.Begin();
        ReleaseList released = default;
        PutWaiter<T>? waiter = null;
        PutOutcome outcome;
        Interleaving.Point("put many");
        using (EnterToPut(values.Count))
        {
            AssertInvariants();
            outcome = AdmitLocked();
            if (outcome == PutOutcome.Waiting && CatchUpLocked(ref released)) outcome = AdmitLocked();
            var accepted = 0;
            if (outcome == PutOutcome.Committed)
            {
                accepted = RoomLocked(values.Count);
                CommitManyLocked(new ReadOnlySpan<T>(values.Array, values.Offset, accepted), observer, trace, ref released);
                if (accepted < values.Count) outcome = PutOutcome.Waiting;
            }

            if (outcome == PutOutcome.Waiting)
            {
                var now = _clock.Now;
                var isHead = _puts.Head is null;
                waiter = _puts.Enqueue(this, values, accepted, now, cancellationToken);
                QueuedLocked(waiter, isHead, observer, trace, now);
                UpdateAwaitedPositionLocked(ref released);
            }
        }

        released.ReleaseAll(_continuations, _inline);
        if (waiter is not null) return waiter.AsTask();
        var error = outcome == PutOutcome.Committed ? null : PutError(outcome, accepted: 0, values.Count);
        observer?.EndedMany(trace, wait: default, error is null ? values.Count : 0, error);
        return error is null ? default : ValueTask.FromException(error);
    }

    /// <summary>The exception for the caller of a cancelled put of many.</summary>
    internal StreamPutCanceledException PutCancelled(int accepted, int count, CancellationToken cancellationToken) =>
        new($"The put was cancelled after stream '{Name}' had accepted {accepted} of {count} values.", cancellationToken)
        {
            AcceptedCount = accepted,
        };

    /// <summary>A put without values: it only fails where a put of one would be refused for good.</summary>
    private ValueTask PutEmpty()
    {
        PutOutcome outcome;
        using (_lock.Enter()) outcome = _state == StreamState.Open ? PutOutcome.Committed : AdmitLocked();
        return outcome == PutOutcome.Committed ? default : ValueTask.FromException(PutError(outcome));
    }

    /// <summary>How many of so many values there is room for now. Only where one may commit.</summary>
    private int RoomLocked(int count) =>
        _members.GatingCount == 0 ? count : (int)Math.Min(count, Window - (_accepted - _members.MinimumPosition));

    /// <summary>Commits what there is room for of the put of many at the head of the queue.</summary>
    private void CommitHeadLocked(PutWaiter<T> put, Member<T>? gate, long now, ref ReleaseList released)
    {
        var room = RoomLocked(put.Remaining);
        var isWhole = room == put.Remaining;
        var values = _puts.TakeFromHead(room);
        if (isWhole)
        {
            _puts.Remove(put, PutOutcome.Committed);
            HeadLeftLocked(put, gate, now);
        }
        else
        {
            // The rest stays at the head of the queue: no other put can commit before it.
            BookWaitLocked(put, gate, now);
            HeadArrivedLocked(now);
            put.WaitingSince = now;
        }

        CommitManyLocked(values, put.Observer, put.Trace, ref released);
        if (isWhole) released.Add(put);
    }

    /// <summary>Makes values part of the stream, then serves the reads that waited for them.</summary>
    private void CommitManyLocked(ReadOnlySpan<T> values, PutObserver? observer, object? trace, ref ReleaseList released)
    {
        if (trace is not null)
            for (var i = 0; i < values.Length; i++) observer!.CommittingLocked(_accepted + i, trace);
        observer?.CountLocked(values.Length);
        _accepted += values.Length;
        if (_members.GatingCount > 0)
        {
            _values.Append(values);
        }
        else
        {
            _discarded += values.Length;
            _values.TrimTo(_accepted);
        }

        OfferLocked(values[^1], values.Length, ref released);
    }

    /// <summary>A task that was cancelled, with an exception of its own.</summary>
    private static async ValueTask CancelledAsync(StreamPutCanceledException error)
    {
        await default(ValueTask).ConfigureAwait(false);
        throw error;
    }
}
