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

    internal ConcurrentRun(ConcurrentWorker<T, TRead, TItem> worker, SlotShape<T, TRead, TItem> shape, HandlerSlot<T, TItem>[] slots, Attachment attachment)
    {
        _worker = worker;
        _shape = shape;
        _slots = slots;
        _attachment = attachment;
        var window = worker.Stream.Options.Window;
        _reader = ConsumerSubscription<TRead>.Of(attachment.Subscription).ReadConcurrently(window, beginsLater: true, attachment.Token);
        var keys = (worker.Options.GetPartition() as PartitionKeys<T>)?.CreateTable();
        // One for each slot, and one that is gathered.
        var items = Enumerable.Range(0, slots.Length + 1).Select(_ => new SlotItem<TRead>(_reader, shape.OnFinishing, shape.InfoOf, shape.Limits.MaxSize > 1));
        _feed = new SlotFeed<T, TRead>(_reader, shape.ValueOf, keys, shape.Limits, window, worker.Stream.TimeProvider, items);
        attachment.Subscription.InHandOfSlots = () => _feed.InHand;
        _waits = CancellationTokenSource.CreateLinkedTokenSource(attachment.Token);
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
        RunEnd end = default;
        try
        {
            await _feed.ReadAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            end = new RunEnd(error);
        }

        await Task.WhenAll(slots).ConfigureAwait(false);
        lock (_lock) return _end ?? end;
    }

    /// <summary>Leaves, if it has not yet.</summary>
    internal async ValueTask LeaveAsync()
    {
        await _reader.DisposeAsync().ConfigureAwait(false);
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
        SlotItem<TRead>? item = null;
        var own = ExecutionContext.Capture()!;
        for (var step = _feed.Next(wait, wasWoken: false, ref item); step != SlotStep.End; step = _feed.Next(wait, step == SlotStep.Wait, ref item))
        {
            if (step == SlotStep.Wait)
            {
                await wait.WhenWoken.ConfigureAwait(false);
                continue;
            }

            slot.Attach(item!, _waits.Token);
            var process = slot.Begin(item!.Positions, item.KeyFailure);
            var begun = process is null ? own : ExecutionContext.Capture()!;
            var failure = item.KeyFailure;
            try
            {
                // Inline, since a method of its own would allocate for each value that is not handled synchronously.
                if (failure is null) await slot.Handler.HandleAsync(_shape.ItemOf(item.Values), _attachment.Token).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failure = slot.Noted(error);
            }

            // Otherwise the ambient state that a non-async handler has changed would be visible to the retry, and to the next value.
            AmbientState.Restore(begun);
            if (failure is not null && await slot.SettleAsync(_shape.ItemOf(item.Values), failure, _attachment).ConfigureAwait(false) is { Error: not null } end)
            {
                slot.End(process, end.Error);
                return end with { Item = item.Item };
            }

            slot.End(process);
            if (process is not null) AmbientState.Restore(own);
            slot.Finish(item.Finish());
        }

        return default;
    }

    /// <summary>A slot ends the consumer: no slot begins another item, and the calls under way end.</summary>
    /// <remarks>
    /// One that detaches leaves at once, so that puts go on. One that faults the stream leaves when the calls under way have ended: what
    /// they finish counts.
    /// </remarks>
    private async ValueTask EndAllAsync(RunEnd end)
    {
        bool isFirst;
        lock (_lock)
        {
            isFirst = _end is null;
            _end ??= end;
        }

        if (isFirst) HasEndedEarly = _worker.TryEndEarly(_attachment, end);
        else _worker.OnFailedAfterEnd(_attachment, end);
        _feed.Stop();
        await _waits.CancelAsync().ConfigureAwait(false);
    }
}
