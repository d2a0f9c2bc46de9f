using Streamx.Benchmarks.Peers;
using Streamx.Hosting;

namespace Streamx.Benchmarks.Hosted;

/// <summary>A handler that does nothing but check the order of its values.</summary>
internal sealed class CheckingConsumer : IConsumer<long>
{
    private Sequence _sequence;

    public ValueTask ConsumeAsync(long value, CancellationToken abortToken)
    {
        _sequence.See(value);
        return default;
    }
}
