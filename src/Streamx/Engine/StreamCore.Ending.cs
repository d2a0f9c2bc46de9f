namespace Streamx.Engine;

/// <content>Flush, close, fault and abort.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Waits until what has been accepted so far is finished.</summary>
    internal ValueTask Flush(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        ReleaseList released = default;
        FlushWaiter waiter;
        Interleaving.Point("flush");
        using (Enter())
        {
            AssertInvariants();
            if (_state == StreamState.Faulted) return ValueTask.FromException(NewFault());
            if (IsFinishedLocked(_accepted)) return default;
            waiter = new FlushWaiter(_accepted);
            _flushes.AddLast(waiter.Node);
            UpdateAwaitedPositionLocked(ref released);
        }

        released.ReleaseAll(_continuations, _inline);
        return cancellationToken.CanBeCanceled ? AwaitFlush(waiter, cancellationToken) : new ValueTask(waiter.Task);

        async ValueTask AwaitFlush(FlushWaiter flush, CancellationToken token)
        {
            using var registration = token.UnsafeRegister(_ => CancelFlush(flush, token), null);
            await flush.Task.ConfigureAwait(false);
        }
    }

    private void CancelFlush(FlushWaiter flush, CancellationToken cancellationToken)
    {
        Interleaving.Point("cancel flush");
        using (Enter())
        {
            if (flush.Node.List is null) return;
            _flushes.Remove(flush.Node);
            flush.Error = new OperationCanceledException(cancellationToken);
        }

        flush.Complete();
    }

    /// <summary>Closes the stream to new puts. Repeated calls do nothing.</summary>
    /// <param name="allowInline">Whether continuations may run inside this call, if the stream allows that at all.</param>
    internal void Close(bool allowInline = true)
    {
        ReleaseList released = default;
        Interleaving.Point("close");
        using (Enter())
        {
            AssertInvariants();
            if (_state != StreamState.Open) return;
            _state = StreamState.Closing;
            _endedAt = _clock.Now;

            // Batches stop filling. Reads with nothing to take go on waiting: puts may still commit.
            foreach (var member in _members.AsSpan())
            {
                if (member.WaitingRead is not null && AvailableLocked(member) > 0 && RoomLocked(member) > 0)
                    ServeLocked(member, ref released);
            }

            SettleLocked(gate: null, ref released);
        }

        released.ReleaseAll(_continuations, _inline && allowInline);
    }

    /// <summary>Ends the stream with an error, unless it has ended already.</summary>
    internal bool TryFault(Exception error, bool allowInline = true)
    {
        ReleaseList released = default;
        Interleaving.Point("fault");
        using (Enter())
        {
            AssertInvariants();
            if (_state is StreamState.Closed or StreamState.Faulted) return false;
            // Before the fault takes effect: values finished by now count, and may let a waiting put commit.
            CatchUpLocked(ref released);
            if (_state == StreamState.Open) _endedAt = _clock.Now;
            _state = StreamState.Faulted;
            _fault = error;

            RefuseAllLocked(PutOutcome.Faulted, ref released);
            while (_flushes.First is { Value: var flush })
            {
                flush.Error = NewFault();
                _flushes.RemoveFirst();
                released.Add(flush);
            }

            SettleLocked(gate: null, ref released);
        }

        _faulted.TrySetResult(error);
        released.ReleaseAll(_continuations, _inline && allowInline);
        return true;
    }

    /// <summary>Ends the stream in one step: it closes, waiting puts are refused, every subscription leaves.</summary>
    /// <param name="because">The cancelled token that caused it: reads then throw its cancellation.</param>
    /// <remarks>
    /// Puts first: when one subscription leaves, no value may commit for the others, which are about to leave as well.
    /// No continuation runs inside this call, whatever the stream allows: the caller has a deadline.
    /// </remarks>
    internal void Abort(CancellationToken because)
    {
        ReleaseList released = default;
        Interleaving.Point("abort");
        using (Enter())
        {
            AssertInvariants();
            CatchUpLocked(ref released);
            if (_state == StreamState.Open) _endedAt = _clock.Now;
            if (_state == StreamState.Open) _state = StreamState.Closing;
            RefuseAllLocked(PutOutcome.Closed, ref released);
            SettleLocked(gate: null, ref released);
            while (_members.Count > 0)
            {
                var member = _members.AsSpan()[^1];
                member.LeftBecauseOf = because;
                LeaveLocked(member, ref released);
            }
        }

        released.ReleaseAll(_continuations, false);
    }

    /// <summary>A new exception for each receiver: in a shared instance the stack traces would mix.</summary>
    /// <remarks>The error's own message is left to the inner exception: it is user code, and this may run under the lock.</remarks>
    /// <param name="accepted">For a put of many values: how many were accepted.</param>
    internal StreamFaultedException NewFault(int accepted = 0) =>
        new($"Stream '{Name}' has faulted; the inner exception says why.", _fault) { AcceptedCount = accepted };
}
