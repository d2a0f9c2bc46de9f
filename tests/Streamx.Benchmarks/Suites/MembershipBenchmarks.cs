using BenchmarkDotNet.Attributes;

namespace Streamx.Benchmarks.Suites;

/// <summary>What joining and leaving costs beside consumers that stay.</summary>
[MemoryDiagnoser]
public class MembershipBenchmarks
{
    private AsyncStream<long> _stream = new();

    [Params(0, 16, 1_000)]
    public int Staying { get; set; }

    [GlobalSetup]
    public void Subscribe()
    {
        _stream = new AsyncStream<long>();
        for (var i = 0; i < Staying; i++) _stream.Subscribe();
    }

    [Benchmark]
    public ValueTask JoinAndLeave() => _stream.Subscribe().DisposeAsync();
}
