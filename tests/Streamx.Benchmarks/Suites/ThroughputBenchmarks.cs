using BenchmarkDotNet.Attributes;
using Streamx.Benchmarks.Peers;

namespace Streamx.Benchmarks.Suites;

/// <summary>Time and allocation for each value, by consumers and window. Set-up of the run is included, and small beside its values.</summary>
[MemoryDiagnoser]
public class ThroughputBenchmarks
{
    private const int Items = 200_000;

    [Params(1, 4, 16, 64)]
    public int Consumers { get; set; }

    [Params(1, 1024)]
    public int Window { get; set; }

    [Benchmark(OperationsPerInvoke = Items, Baseline = true)]
    public Task Values() => Ours.ValuesAsync(Consumers, Window, Items, inline: false);

    [Benchmark(OperationsPerInvoke = Items)]
    public Task SynchronousContinuations() => Ours.ValuesAsync(Consumers, Window, Items, inline: true);

    [Benchmark(OperationsPerInvoke = Items)]
    public Task Batches() => Ours.BatchesAsync(Consumers, Window, Items);

    [Benchmark(OperationsPerInvoke = Items)]
    public Task BatchesByPutMany() => Ours.ManyAsync(Consumers, Window, Items);
}
