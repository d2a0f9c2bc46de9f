using System.Diagnostics;

namespace Streamx.Hosting.Workers;

/// <summary>What a slot handles its items with: the handler, and the policy for the items that it fails on.</summary>
/// <remarks>Not thread-safe: a slot has one item in hand at a time, and only its run gets here.</remarks>
internal sealed class HandlerSlot<T, TItem>
{
    private readonly ConsumerWorker<T> _worker;
    private readonly ConsumerSlot _slot;
    private readonly HandlerSource<TItem> _handlers;
    private readonly FailurePolicy<T, TItem> _policy;

    /// <summary>Prepares it.</summary>
    /// <param name="worker">The consumer.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="handlers">Its handler.</param>
    /// <param name="valuesOf">The values of an item.</param>
    internal HandlerSlot(ConsumerWorker<T> worker, ConsumerSlot slot, HandlerSource<TItem> handlers, Func<TItem, IReadOnlyList<T>> valuesOf)
    {
        _worker = worker;
        _slot = slot;
        _handlers = handlers;
        _policy = new FailurePolicy<T, TItem>(worker, slot, handlers, valuesOf);
    }

    /// <summary>The handler. Another one after a restart.</summary>
    internal IHandler<TItem> Handler => _handlers.Current;

    /// <summary>An attachment begins.</summary>
    /// <param name="inHand">The values that it has in hand.</param>
    /// <param name="waitToken">Ends waits before a retry or a restart.</param>
    internal void Attach(IValuesInHand inHand, CancellationToken waitToken) => _policy.Attach(inHand, waitToken);

    /// <summary>Marks the code that runs from here on as that of this slot.</summary>
    internal void Mark() => _slot.Mark();

    /// <summary>An item has been begun, and is about to be tried for the first time. For a slot that says what it begins.</summary>
    /// <param name="positions">The positions of its values.</param>
    /// <param name="heldSince">Since when they are in hand, by the stream's clock.</param>
    /// <param name="keyFailure">Why its only value has no key, although it should: it cannot be tried at all. Null otherwise.</param>
    /// <returns>Its activity; null if there is no listener.</returns>
    internal Activity? Begin(ReadOnlySpan<long> positions, long heldSince, Exception? keyFailure)
    {
        _slot.Telemetry.Begin(positions.Length, positions[0], heldSince);
        return Begin(positions, keyFailure);
    }

    /// <summary>The item is settled. For a slot that says what it begins.</summary>
    /// <param name="finished">How many of its values are finished; the others are abandoned.</param>
    internal void Finish(int finished)
    {
        _slot.IsAtWork = false;
        _slot.Telemetry.End(finished);
        _worker.Telemetry.OnFinished();
    }

    /// <summary>An item is about to be tried for the first time.</summary>
    /// <returns>Its activity; null if there is no listener.</returns>
    internal Activity? Begin() => Begin(positions: default, keyFailure: null);

    private Activity? Begin(ReadOnlySpan<long> positions, Exception? keyFailure)
    {
        _policy.Begin(keyFailure);
        _slot.IsAtWork = true;
        return _slot.Telemetry.StartProcess(_worker.Telemetry.Tracing, positions);
    }

    /// <summary>Calls a handler.</summary>
    /// <returns>
    /// The default when it has completed, and its result has been taken; otherwise what is to be awaited, also for what it has thrown.
    /// </returns>
    internal static ValueTask Call(IHandler<TItem> handler, TItem item, CancellationToken abortToken)
    {
        try
        {
            var call = handler.HandleAsync(item, abortToken);
            if (!call.IsCompletedSuccessfully) return call;
#pragma warning disable VSTHRD103 // It has completed.
            call.GetAwaiter().GetResult();
#pragma warning restore VSTHRD103
            return default;
        }
        catch (Exception error)
        {
            return ValueTask.FromException(error);
        }
    }

    /// <summary>Begins an item after one that succeeded at its first try, unless it needs an activity.</summary>
    /// <returns>False if there is a listener to activities: the item has not been begun.</returns>
    internal bool TryBeginUntraced()
    {
        if (_worker.Telemetry.Tracing.HasListeners) return false;
        _slot.IsAtWork = true;
        return true;
    }

    /// <inheritdoc cref="TryBeginUntraced()"/>
    /// <remarks>For a slot that says what it begins.</remarks>
    /// <param name="positions">The positions of its values.</param>
    /// <param name="heldSince">Since when they are in hand, by the stream's clock.</param>
    /// <returns>False if there is a listener to activities: the item has not been begun.</returns>
    internal bool TryBeginUntraced(ReadOnlySpan<long> positions, long heldSince)
    {
        if (!TryBeginUntraced()) return false;
        _slot.Telemetry.Begin(positions.Length, positions[0], heldSince);
        return true;
    }

    /// <summary>The item is settled.</summary>
    internal void Settled(Activity? process)
    {
        End(process);
        Settled();
    }

    /// <summary>An item without an activity is settled.</summary>
    internal void Settled() => _slot.IsAtWork = false;

    /// <summary>The item is settled, or has ended the consumer.</summary>
    internal void End(Activity? process, Exception? error = null) => _slot.Telemetry.EndProcess(_worker.Telemetry.Tracing, process, error);

    /// <inheritdoc cref="FailurePolicy{T, TItem}.Noted"/>
    internal Exception Noted(Exception failure) => _policy.Noted(failure);

    /// <inheritdoc cref="FailurePolicy{T, TItem}.SettleAsync"/>
    internal Task<RunEnd> SettleAsync(TItem item, Exception error, Attachment attachment) => _policy.SettleAsync(item, error, attachment);
}
