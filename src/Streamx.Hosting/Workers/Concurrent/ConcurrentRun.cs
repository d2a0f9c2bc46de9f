using Streamx.Engine;

namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>One attachment of a consumer with several slots: its slots, what feeds them, and how they end together.</summary>
internal sealed class ConcurrentRun<T, TRead, TItem>
{
    private readonly ConcurrentWorker<T, TRead, TItem> _worker;
    private readonly SlotShape<T, TRead, TItem> _shape;
    private readonly HandlerSlot<T, TItem>[] _slots;
    private readonly Attachment _attachment;
    private readonly ConcurrentReader<TRead> _reader;
    private readonly SlotFeed<T, TRead> _feed;

    /// <summary>Ends waits before retries and restarts: once one slot has ended the consumer, the others begin no call any more.</summary>
    private readonly CancellationTokenSource _waits;

    /// <summary>Guards <see cref="_end"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>How a slot has ended the consumer; null while none has.</summary>
    private RunEnd? _end;

    /// <summary>The reading of what is left; ends when the stream does, or when the consumer has left.</summary>
    private Task _reading = Task.CompletedTask;

    internal ConcurrentRun(
        ConcurrentWorker<T, TRead, TItem> worker,
        SlotShape<T, TRead, TItem> shape,
        HandlerSlot<T, TItem>[] slots,
        HandlerSource<TItem>[] handlers,
        Attachment attachment)
    {
        _worker = worker;
        _shape = shape;
        _slots = slots;
        _attachment = attachment;
        var window = worker.Stream.Options.Window;
        _reader = ConsumerSubscription<TRead>.Of(attachment.Subscription).ReadConcurrently(window, beginsLater: true, attachment.Token);
        // What is read is not in hand yet, so a read takes all there is.
        _reader.Limit = window;
        var keys = (worker.Options.GetPartition() as PartitionKeys<T>)?.CreateTable();
        // One for each slot, one that is gathered, and one that a slot is done with.
        var items = Enumerable.Range(0, slots.Length + 2).Select(
            _ => new SlotItem<TRead>(_reader, shape.OnFinishing, shape.InfoOf, shape.Limits.MaxSize > 1));
        _feed = new SlotFeed<T, TRead>(_reader, shape.ValueOf, keys, shape.Limits, window, worker.Stream.TimeProvider, items);
        attachment.Subscription.InHandOfSlots = () => _feed.InHand;
        attachment.Subscription.OldestOfSlots = () => _feed.OldestInHand;
        _waits = CancellationTokenSource.CreateLinkedTokenSource(attachment.Token);
        foreach (var handler in handlers) handler.Attach(attachment, _waits.Token);
    }

    /// <summary>Whether a slot has ended the consumer, and its failure has been dealt with.</summary>
    internal bool HasEndedEarly { get; private set; }

    /// <inheritdoc cref="SlotFeed{T,TRead}.WaitingForKey"/>
    internal int WaitingForKey => _feed.WaitingForKey;

    /// <summary>Runs until the stream ends, or a slot ends the consumer; the calls under way have then ended.</summary>
    internal async Task<RunEnd> RunAsync()
    {
        // The slots begin to wait before anything is read, so none handles a value on this thread.
        var slots = _slots.Select(RunSlotAsync).ToArray();
        _reading = _feed.ReadAsync();
        await Task.WhenAll(slots).ConfigureAwait(false);
        lock (_lock)
        {
            // The consumer leaves now, so it does not wait until there is nothing left to read.
            if (_end is { } end) return end;
        }

        try
        {
            await _reading.ConfigureAwait(false);
            return default;
        }
        catch (Exception error)
        {
            return new RunEnd(error);
        }
    }

    /// <summary>Leaves, if it has not yet.</summary>
    internal async ValueTask LeaveAsync()
    {
        await _reader.DisposeAsync().ConfigureAwait(false);
        // How it ended is the run's end, or came after that.
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _feed.EndTimer();
        _waits.Dispose();
    }

    private async Task RunSlotAsync(HandlerSlot<T, TItem> slot)
    {
        slot.Mark();
        try
        {
            if (await HandleAllAsync(slot).ConfigureAwait(false) is { Error: not null } end) await EndAllAsync(end).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await EndAllAsync(new RunEnd(error)).ConfigureAwait(false);
        }
    }

    private async Task<RunEnd> HandleAllAsync(HandlerSlot<T, TItem> slot)
    {
        var wait = new SlotWait();
        var own = ExecutionContext.Capture()!;
        var step = _feed.Next(wait, wasWoken: false, out var item);
        while (step != SlotStep.End)
        {
            if (step == SlotStep.Wait)
            {
                await wait.WhenWoken.ConfigureAwait(false);
                step = _feed.Next(wait, wasWoken: true, out item);
                continue;
            }

            var process = slot.Begin(item!.Positions, item.HeldSince, item.KeyFailure);
            var begun = process is null ? own : ExecutionContext.Capture()!;
            // A handler finds by itself that the value's session is lost. A value that cannot be tried needs the same check, since another
            // process may have it by now.
            var failure = item.KeyFailure is { } keyFailure && _shape.MayBegin(item.Values.Span[0]) ? keyFailure : null;
            try
            {
                ValueTask call = default;
                if (process is null && item.KeyFailure is null)
                {
                    if (HandleReady(slot, wait, own, ref item, out call, out step)) continue;
                }
                else if (item.KeyFailure is null)
                {
                    call = slot.Handler.HandleAsync(_shape.ItemOf(item.Values), _attachment.Token);
                }

                // Inline, since a method of its own would allocate for each value that is not handled synchronously.
                await call.ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failure = slot.Noted(error);
            }

            // Otherwise the ambient state that a non-async handler has changed would be visible to the retry, and to the next value.
            AmbientState.Restore(begun);
            if (failure is not null)
            {
                slot.Attach(item!, _waits.Token);
                var end = await slot.SettleAsync(_shape.ItemOf(item!.Values), failure, _attachment).ConfigureAwait(false);
                if (end.Error is not null)
                {
                    slot.End(process, end.Error);
                    return end with { Item = item.Item };
                }
            }

            slot.End(process);
            if (process is not null) AmbientState.Restore(own);
            (step, var finished) = _feed.FinishThenNext(wait, ref item);
            slot.Finish(finished);
        }

        return default;
    }

    /// <summary>Handles the item in hand, and those after it as long as each is there and its handler completes at once.</summary>
    /// <remarks>
    /// Not async, as in <see cref="HandlerWorker{T,TItem}"/>: the caller handles what does not complete at once, fails or is traced.
    /// </remarks>
    /// <param name="slot">The slot.</param>
    /// <param name="wait">Its wait.</param>
    /// <param name="own">The context of every call.</param>
    /// <param name="item">The item in hand, which the slot has begun; then the one of the call or of the step.</param>
    /// <param name="call">The call that has not completed, or has failed, for the item in hand.</param>
    /// <param name="step">What the slot does next. An item that it is to handle has not been begun by the slot.</param>
    /// <returns>Whether the caller goes on with the step; if not, with the call.</returns>
    private bool HandleReady(
        HandlerSlot<T, TItem> slot, SlotWait wait, ExecutionContext own, ref SlotItem<TRead>? item, out ValueTask call, out SlotStep step)
    {
        var (handler, current, abortToken) = (slot.Handler, item, _attachment.Token);
        while (true)
        {
            call = HandlerSlot<T, TItem>.Call(handler, _shape.ItemOf(current!.Values), abortToken);
            step = SlotStep.Handle;
            item = current;
            if (call != default) return false;
            AmbientState.Restore(own);
            (step, var finished) = _feed.FinishThenNext(wait, ref current);
            slot.Finish(finished);
            item = current;
            if (step != SlotStep.Handle || current!.KeyFailure is not null) return true;
            if (!slot.TryBeginUntraced(current.Positions, current.HeldSince)) return true;
        }
    }

    /// <summary>A slot ends the consumer: no slot begins another item, and the calls under way end.</summary>
    /// <remarks>
    /// One that detaches leaves at once, so that puts go on. One that faults the stream leaves when the calls under way have ended: what
    /// they finish counts.
    /// </remarks>
    private async ValueTask EndAllAsync(RunEnd end)
    {
        // Before the stream faults or the consumer leaves, which may take a while: logging is user code.
        _feed.Stop();
        bool isFirst;
        lock (_lock)
        {
            isFirst = _end is null;
            _end ??= end;
        }

        if (isFirst) HasEndedEarly = _worker.TryEndEarly(_attachment, end);
        else if (!IsEndOfWait(end.Error)) _worker.OnFailedAfterEnd(_attachment, end);
        // Not before that: a wait that ends must find that the consumer has ended.
        await _waits.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Whether an exception only says that a wait before a call was ended, because another slot had ended the consumer.</summary>
    private bool IsEndOfWait(Exception? error) =>
        error is OperationCanceledException cancelled && cancelled.CancellationToken == _waits.Token;
}
