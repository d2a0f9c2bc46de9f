using Streamx.Benchmarks.Peers;
using Streamx.Hosting;

namespace Streamx.Benchmarks.Hosted;

/// <summary>A handler of batches that does nothing but check the order of their values.</summary>
internal sealed class CheckingBatchConsumer : IBatchConsumer<long>
{
    private Sequence _sequence;

    public ValueTask ConsumeAsync(StreamBatch<long> batch, CancellationToken abortToken)
    {
        foreach (var value in batch.Span) _sequence.See(value);
        return default;
    }
}
