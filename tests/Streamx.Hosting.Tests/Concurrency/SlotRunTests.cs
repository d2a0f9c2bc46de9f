using System.Globalization;

namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>Random runs of consumers with slots. <c>STREAMX_SLOT_RUNS</c> says how many; <c>STREAMX_SEED</c> is the first seed.</summary>
public sealed class SlotRunTests(ITestOutputHelper output)
{
    private const int OrdinaryRuns = 2_000;

    [Fact]
    public async Task RandomRuns_KeepEveryRule()
    {
        var runs = Read("STREAMX_SLOT_RUNS") ?? OrdinaryRuns;
        var first = Read("STREAMX_SEED") ?? Environment.TickCount & 0xFFFFFF;
        output.WriteLine($"{runs} runs from seed {first}");
        var failure = (string?)null;

        await Parallel.ForEachAsync(Enumerable.Range(0, runs), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (run, _) =>
        {
            if (Volatile.Read(ref failure) is null && await new SlotRun(first + run).RunAsync() is { } broken) Volatile.Write(ref failure, broken);
        });

        Assert.True(failure is null, $"STREAMX_SEED={first} failed. {failure}");
    }

    private static int? Read(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
