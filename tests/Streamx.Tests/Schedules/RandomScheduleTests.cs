using System.Globalization;
using Streamx.Tests.Support;

namespace Streamx.Tests.Schedules;

/// <summary>
/// Rounds of producers and consumers that do everything at random times. <c>STREAMX_ROUNDS</c> sets how many,
/// <c>STREAMX_SEED</c> the seed of the first; each round's seed is the one before plus one.
/// </summary>
public sealed class RandomScheduleTests
{
    private const int DefaultRounds = 1_000;

    [Fact]
    public async Task Stream_RandomSchedules_KeepsItsContract()
    {
        var rounds = Setting("STREAMX_ROUNDS") ?? DefaultRounds;
        var first = Setting("STREAMX_SEED") ?? Random.Shared.Next();

        for (var i = 0; i < rounds; i++)
        {
            var seed = unchecked(first + i);
            var round = new Round(seed);
            try
            {
                await round.RunAsync().WaitAsync(Bounded.Limit);
            }
            catch (Exception error)
            {
                Assert.Fail(
                    $"STREAMX_SEED={seed} STREAMX_ROUNDS=1 replays this (round {i} of {rounds}).{Environment.NewLine}" +
                    $"{(error is TimeoutException ? "The round hangs." : error)}{Environment.NewLine}{round.Describe()}");
            }
        }
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;
}
