using Streamx.Hosting;

namespace WorkerDemo.Troubled;

/// <summary>Takes the values that are skipped; what is measured is that it did.</summary>
internal sealed class Forgotten : IDeadLetterHandler<HostEvent>
{
    /// <inheritdoc/>
    public ValueTask HandleAsync(DeadLetter<HostEvent> letter, CancellationToken abortToken) => default;
}
