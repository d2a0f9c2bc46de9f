using System.Globalization;

namespace Streamx.Tests.Stress;

/// <summary>
/// Random load for as long as <c>STREAMX_STRESS_MINUTES</c> says, or two seconds; see <c>tests/run.sh stress</c>.
/// <c>STREAMX_SEED</c> sets the seed of the first round; each round's seed is the one before plus one.
/// </summary>
[Collection(nameof(StressCollection))]
public sealed class StressTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Stream_RandomLoad_LosesNothingAndGoesOn()
    {
        var duration = double.TryParse(Environment.GetEnvironmentVariable("STREAMX_STRESS_MINUTES"), CultureInfo.InvariantCulture, out var minutes)
            ? TimeSpan.FromMinutes(minutes)
            : s_short;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("STREAMX_SEED"), CultureInfo.InvariantCulture, out var value) ? value : Random.Shared.Next();

        var summary = await new StressRun(duration, seed).RunAsync();

        Console.WriteLine(summary);
    }
}
