using System.Globalization;

namespace Streamx.Hosting.Sqlite.Tests.Faults.Randomised;

/// <summary>
/// Faults at random, for as many minutes as <c>STREAMX_FAULT_MINUTES</c> says; otherwise only a few. <c>STREAMX_SEED</c> sets the seed of the
/// first round; each round's seed is the one before plus one. See <c>tests/run.sh faults</c>.
/// </summary>
[Trait("Length", "long")]
public sealed class RandomFaultTests
{
    private static readonly double? s_minutes =
        double.TryParse(Environment.GetEnvironmentVariable("STREAMX_FAULT_MINUTES"), CultureInfo.InvariantCulture, out var minutes) ? minutes : null;

    [Fact]
    public async Task Faults_OfAllKinds_LoseNothing()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("STREAMX_SEED"), CultureInfo.InvariantCulture, out var set) ? set : Random.Shared.Next();
        var until = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(s_minutes ?? 0);
        do
        {
            await using RandomRound round = new(seed);
            Console.WriteLine(await round.RunAsync(s_minutes is null ? 4 : 12));
            seed++;
        }
        while (TimeProvider.System.GetUtcNow() < until);
    }
}
