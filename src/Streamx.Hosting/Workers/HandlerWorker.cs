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
        while (await items.MoveNextAsync().ConfigureAwait(false))
        {
            Exception? failure = null;
            var process = _slot.Begin();
            var begun = process is null ? own : ExecutionContext.Capture()!;
            try
            {
                // Inline, since a method of its own would allocate for each value that is not handled synchronously.
                await _handlers.Current.HandleAsync(items.Current, attachment.Token).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failure = _slot.Noted(error);
            }

            // Otherwise the ambient state that a non-async handler has changed would be visible to the retry, and to the next value.
            AmbientState.Restore(begun);
            if (failure is not null && await _slot.SettleAsync(items.Current, failure, attachment).ConfigureAwait(false) is { Error: not null } end)
            {
                _slot.End(process, end.Error);
                return end;
            }

            _slot.Settled(process);
            if (process is not null) AmbientState.Restore(own);
        }

        return default;
    }
}
