using Streamx.Engine;

namespace Streamx.Hosting.Telemetry;

/// <summary>Observes the puts of one slot of a processor: they count as the processor's, and their waits as those of the slot.</summary>
/// <param name="processor">Measures the puts of all slots.</param>
/// <param name="output">Informed of the slot's waits.</param>
internal sealed class SlotPutObserver(ProducerTelemetry processor, StageOutput output) : PutObserver
{
    /// <inheritdoc/>
    internal override object? Begin() => processor.Begin();

    /// <inheritdoc/>
    internal override void Forget(object? trace) => processor.Forget(trace);

    /// <inheritdoc/>
    internal override void QueuedLocked(bool isHead, long now)
    {
        processor.QueuedLocked(isHead, now);
        output.Begin(now);
    }

    /// <inheritdoc/>
    internal override void ReachedHeadLocked(long now) => processor.ReachedHeadLocked(now);

    /// <inheritdoc/>
    internal override void LeftQueueLocked(bool wasHead, long now)
    {
        processor.LeftQueueLocked(wasHead, now);
        output.End(now);
    }

    /// <inheritdoc/>
    internal override void CommittingLocked(long position, object trace) => processor.CommittingLocked(position, trace);

    /// <inheritdoc/>
    internal override void Ended(object? trace, PutWait wait, Exception? error) => processor.Ended(trace, wait, error);

    /// <inheritdoc/>
    internal override void EndedMany(object? trace, PutWait wait, int accepted, Exception? error) =>
        processor.EndedMany(trace, wait, accepted, error);
}
