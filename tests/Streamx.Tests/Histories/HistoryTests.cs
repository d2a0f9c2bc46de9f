using System.Globalization;
using Streamx.Tests.Support;

namespace Streamx.Tests.Histories;

/// <summary>
/// Records what several threads did to a stream, and checks that one order of commits explains it. <c>STREAMX_ROUNDS</c> sets
/// how many rounds, <c>STREAMX_SEED</c> the seed of the first; each round's seed is the one before plus one.
/// </summary>
public sealed class HistoryTests
{
    private const int DefaultRounds = 3_000;

    [Fact]
    public async Task Stream_RandomHistories_HaveOneOrderThatExplainsThem()
    {
        var rounds = Setting("STREAMX_ROUNDS") ?? DefaultRounds;
        var first = Setting("STREAMX_SEED") ?? Random.Shared.Next();

        for (var i = 0; i < rounds; i++)
        {
            var seed = unchecked(first + i);
            var round = new HistoryRound(seed);
            try
            {
                await round.RunAsync().WithinAsync();
            }
            catch (Exception error)
            {
                Assert.Fail(
                    $"STREAMX_SEED={seed} STREAMX_ROUNDS=1 makes the same decisions (round {i} of {rounds}).{Environment.NewLine}" +
                    $"{(error is TimeoutException ? "The round hangs." : error)}{Environment.NewLine}{round.Describe()}");
            }
        }
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;
}
