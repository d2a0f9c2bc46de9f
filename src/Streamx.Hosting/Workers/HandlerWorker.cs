namespace Streamx.Hosting.Workers;

/// <summary>Runs a consumer that is called with each item, a value or a batch, one at a time.</summary>
internal sealed class HandlerWorker<T, TItem> : ConsumerWorker<T>
{
    private readonly Func<ConsumerSubscription, CancellationToken, IAsyncEnumerator<TItem>> _read;
    private readonly OwnHandler<TItem> _handlers;
    private readonly HandlerSlot<T, TItem> _slot;

    /// <summary>Prepares it.</summary>
    /// <param name="setup">What every consumer needs.</param>
    /// <param name="read">Reads items from the subscription.</param>
    /// <param name="createHandler">Creates what handles them.</param>
    /// <param name="valuesOf">The values of an item.</param>
    internal HandlerWorker(
        ConsumerSetup<T> setup,
        Func<ConsumerSubscription, CancellationToken, IAsyncEnumerator<TItem>> read,
        Func<IHandler<TItem>> createHandler,
        Func<TItem, IReadOnlyList<T>> valuesOf)
        : base(setup)
    {
        _read = read;
        _handlers = new OwnHandler<TItem>(Watched(createHandler, valuesOf), OnDisposeFailed);
        _slot = new HandlerSlot<T, TItem>(this, Slots[0], _handlers, valuesOf);
    }

    /// <inheritdoc/>
    protected override async Task ConsumeAsync(Attachment attachment)
    {
        Slots[0].Mark();
        _slot.Attach(new SubscriptionInHand(attachment.Subscription), attachment.Token);
        var items = _read(attachment.Subscription, attachment.Token);
        RunEnd end;
        try
        {
            try
            {
                end = await HandleAllAsync(items, attachment).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                end = new RunEnd(error);
            }

            // The end takes effect before the value is released: no other value may commit in between.
            if (end.Error is not null) End(attachment, end);
        }
        finally
        {
            await items.DisposeAsync().ConfigureAwait(false);
            await _handlers.ReplaceAsync(hidesFailure: attachment.IsOver).ConfigureAwait(false);
        }

        if (end.Error is null) End(attachment, end);
    }

    private async Task<RunEnd> HandleAllAsync(IAsyncEnumerator<TItem> items, Attachment attachment)
    {
        var own = ExecutionContext.Capture()!;
        var read = items.MoveNextAsync();
        while (await read.ConfigureAwait(false))
        {
            Exception? failure = null;
            var process = _slot.Begin();
            var begun = process is null ? own : ExecutionContext.Capture()!;
            try
            {
                ValueTask call;
                if (process is not null) call = _handlers.Current.HandleAsync(items.Current, attachment.Token);
                else if (HandleReady(items, own, attachment.Token, out call, out read)) continue;
                // Inline, since a method of its own would allocate for each value that is not handled synchronously.
                await call.ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failure = _slot.Noted(error);
            }

            // Otherwise the ambient state that a non-async handler has changed would be visible to the retry, and to the next value.
            AmbientState.Restore(begun);
            if (failure is not null
                && await _slot.SettleAsync(items.Current, failure, attachment).ConfigureAwait(false) is { Error: not null } end)
            {
                _slot.End(process, end.Error);
                return end;
            }

            _slot.Settled(process);
            if (process is not null) AmbientState.Restore(own);
            read = items.MoveNextAsync();
        }

        return default;
    }

    /// <summary>Handles the item in hand, and those after it as long as each is there and its handler completes at once.</summary>
    /// <remarks>
    /// Not async: what it needs stays in registers, so such a value costs little more than the call. The caller handles what does not
    /// complete at once, fails or is traced.
    /// </remarks>
    /// <param name="items">The items. One is in hand and has been begun.</param>
    /// <param name="own">The context of every call.</param>
    /// <param name="abortToken">The attachment's token.</param>
    /// <param name="call">The call that has not completed, or has failed, for the item in hand.</param>
    /// <param name="read">The read that is to be awaited. The item it may have taken has not been begun.</param>
    /// <returns>Whether the caller goes on with the read; if not, with the call.</returns>
    private bool HandleReady(
        IAsyncEnumerator<TItem> items, ExecutionContext own, CancellationToken abortToken, out ValueTask call, out ValueTask<bool> read)
    {
        // Only the policy for failures replaces the handler.
        var handler = _handlers.Current;
        while (true)
        {
            // Locals: written through the parameters, each would be a store to memory with a write barrier.
            ValueTask pending;
            try
            {
                pending = handler.HandleAsync(items.Current, abortToken);
                if (pending.IsCompletedSuccessfully)
                {
                    pending.GetAwaiter().GetResult();
                    pending = default;
                }
            }
            catch (Exception error)
            {
                // Not thrown to the caller, which could not tell it from the failure of a read.
                pending = ValueTask.FromException(error);
            }

            if (pending != default)
            {
                (call, read) = (pending, default);
                return false;
            }

            AmbientState.Restore(own);
            _slot.Settled();
            var next = items.MoveNextAsync();
            if (next.IsCompletedSuccessfully)
            {
                // The result can be taken once only.
                var hasItem = next.Result;
                if (hasItem && _slot.TryBeginUntraced()) continue;
                next = new ValueTask<bool>(hasItem);
            }

            (call, read) = (default, next);
            return true;
        }
    }
}
