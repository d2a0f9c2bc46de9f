namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>Runs a consumer that is called with several items, values or batches, at the same time: one in each slot.</summary>
/// <typeparam name="T">The type of the stream's values.</typeparam>
/// <typeparam name="TRead">What a read gives: values, or something that carries them.</typeparam>
/// <typeparam name="TItem">What a handler is called with.</typeparam>
internal sealed class ConcurrentWorker<T, TRead, TItem> : ConsumerWorker<T>
{
    private readonly SlotShape<T, TRead, TItem> _shape;
    private readonly HandlerSlot<T, TItem>[] _slots;

    /// <summary>The handlers of the slots: one of each, or one that they share.</summary>
    private readonly HandlerSource<TItem>[] _handlers;

    /// <summary>The present run; the last one, between attachments.</summary>
    private volatile ConcurrentRun<T, TRead, TItem>? _run;

    /// <summary>Prepares it.</summary>
    /// <param name="setup">What every consumer needs.</param>
    /// <param name="shape">How its items come from its subscription.</param>
    /// <param name="createHandler">Creates what handles them.</param>
    internal ConcurrentWorker(ConsumerSetup<T> setup, SlotShape<T, TRead, TItem> shape, Func<IHandler<TItem>> createHandler)
        : base(setup)
    {
        _shape = shape;
        var create = Watched(createHandler, shape.ValuesOf);
        _handlers = Options.ScopePerValue
            ? [.. Slots.Select(_ => new OwnHandler<TItem>(create, OnDisposeFailed))]
            // Only a restart replaces a handler while calls of other slots may be under way.
            : Options.OnFailure == ConsumerFailure.Restart
            ? [new SharedHandler<TItem>(create, OnDisposeFailed)]
            : [new OwnHandler<TItem>(create, OnDisposeFailed)];
        _slots = [.. Slots.Select((slot, i) => new HandlerSlot<T, TItem>(this, slot, _handlers[i % _handlers.Length], shape.ValuesOf))];
    }

    /// <summary>How many values wait for their key; null where no key keeps an order.</summary>
    internal override int? ValuesWaitingForKey => Options.GetPartition() is null ? null : _run?.WaitingForKey ?? 0;

    /// <inheritdoc/>
    protected override async Task ConsumeAsync(Attachment attachment)
    {
        var run = new ConcurrentRun<T, TRead, TItem>(this, _shape, _slots, _handlers, attachment);
        _run = run;
        RunEnd end;
        try
        {
            end = await run.RunAsync().ConfigureAwait(false);
            // The end takes effect before the values are released: no other value may commit in between.
            if (end.Error is not null && !run.HasEndedEarly) End(attachment, end);
        }
        finally
        {
            await run.LeaveAsync().ConfigureAwait(false);
            foreach (var handler in _handlers) await handler.ReplaceAsync(hidesFailure: attachment.IsOver).ConfigureAwait(false);
        }

        if (run.HasEndedEarly) CountLeft(attachment, end.Error);
        else if (end.Error is null) End(attachment, end);
    }
}
