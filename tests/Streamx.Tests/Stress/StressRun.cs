using System.Globalization;

namespace Streamx.Tests.Stress;

/// <summary>Rounds, one after the other, until the time is up.</summary>
internal sealed class StressRun(TimeSpan duration, int firstSeed)
{
    /// <summary>How long there may be no progress.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_betweenCollections = TimeSpan.FromSeconds(5);

    /// <summary>What was done, in one line.</summary>
    internal async Task<string> RunAsync()
    {
        var (clock, memory) = (TimeProvider.System, new LiveBytes());
        var began = clock.GetTimestamp();
        var collected = began;
        var (rounds, values, steps) = (0, 0L, 0L);
        do
        {
            var seed = unchecked(firstSeed + rounds);
            var round = new StressRound(seed, memory);
            try
            {
                await WatchAsync(round);
            }
            catch (Exception error)
            {
                Assert.Fail($"STREAMX_SEED={seed} makes the same decisions.{Environment.NewLine}{error}{Environment.NewLine}{round.Describe()}");
            }

            rounds++;
            values += round.Stream.GetSnapshot().ValuesPut;
            steps += round.Progress;
            if (clock.GetElapsedTime(collected) < s_betweenCollections) continue;
            memory.Check();
            collected = clock.GetTimestamp();
        }
        while (clock.GetElapsedTime(began) < duration);

        memory.Check();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Stress: {rounds} rounds, {values} values, {steps} steps in {clock.GetElapsedTime(began).TotalSeconds:F0} s; {memory}; first seed {firstSeed}.");
    }

    private static async Task WatchAsync(StressRound round)
    {
        var running = round.RunAsync();
        while (true)
        {
            var before = round.Progress;
            if (await Task.WhenAny(running, Task.Delay(s_patience, TimeProvider.System)) == running) break;
            Assert.True(round.Progress > before, $"No progress for {s_patience}.");
        }

        await running;
    }
}
