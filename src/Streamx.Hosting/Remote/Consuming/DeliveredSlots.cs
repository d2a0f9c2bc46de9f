namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Consumers with several slots whose values come from other processes.</summary>
/// <remarks>
/// A handler's adapter asks the fence of the value's session at each call, so that no slot begins a value without the right to. What a slot
/// has finished while an older value is unfinished is reported with that one.
/// </remarks>
internal static class DeliveredSlots
{
    /// <inheritdoc cref="StreamBackend{T}.CreateWorker(ConsumerSetup{T}, Func{IHandler{T}})"/>
    internal static ConsumerWorker<T> CreateWorker<T>(ConsumerSetup<T> setup, Func<IHandler<T>> createHandler) =>
        new ConcurrentWorker<T, Delivery<T>, Delivery<T>>(
            setup,
            new(static delivery => delivery.Value, static read => read.Span[0], static delivery => [delivery.Value], BatchLimits.One)
            {
                MayBegin = static delivery => delivery.TryBegin(),
                OnFinishing = static delivery => delivery.Settle(),
                InfoOf = static delivery => delivery.Info,
            },
            () => new DeliveredHandler<T>(createHandler(), setup.OnFailedAfterFinish));

    /// <inheritdoc cref="StreamBackend{T}.CreateWorker(ConsumerSetup{T}, BatchConsumerOptions, Func{IHandler{StreamBatch{T}}})"/>
    internal static ConsumerWorker<T> CreateWorker<T>(
        ConsumerSetup<T> setup, BatchConsumerOptions options, Func<IHandler<StreamBatch<T>>> createHandler) =>
        new ConcurrentWorker<T, Delivery<T>, StreamBatch<Delivery<T>>>(
            setup,
            new(
                static delivery => delivery.Value,
                static read => new StreamBatch<Delivery<T>>(read),
                static batch => batch.ConvertAll(static delivery => delivery.Value),
                BatchLimits.Of(options, setup.Stream.Options.Window))
            {
                MayBegin = static delivery => delivery.TryBegin(),
                OnFinishing = static delivery => delivery.Settle(),
                InfoOf = static delivery => delivery.Info,
            },
            () => new DeliveredBatchHandler<T>(createHandler(), setup.OnFailedAfterFinish));
}
