using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Streamx.Tests.Model;

/// <summary>
/// Random programs, run against the model and the stream. <c>STREAMX_PROGRAMS</c> sets how many; <c>STREAMX_REPLAY</c>, as a
/// failure prints it, begins with the program that failed.
/// </summary>
public sealed class ModelTests
{
    private const int DefaultPrograms = 3_000;

    [Fact]
    public async Task Stream_RandomPrograms_DoesWhatTheModelDoes()
    {
        var failure = new ShrunkFailure();
        var programs = int.TryParse(Environment.GetEnvironmentVariable("STREAMX_PROGRAMS"), CultureInfo.InvariantCulture, out var value) ? value : DefaultPrograms;
        var config = Config.Quick.WithMaxTest(programs).WithRunner(failure);
        if (Replay() is { } replay) config = config.WithReplay(replay);

        Check.One(config, Prop.ForAll(Programs.Arbitrary, async program => await Comparison.RunAsync(program) is null));

        if (failure.Program is null) return;
        Assert.Fail(string.Join(
            Environment.NewLine,
            $"STREAMX_REPLAY={failure.Replay} replays this.",
            failure.Program,
            await Comparison.RunAsync(failure.Program) ?? "It passed when it was run again: it depends on time."));
    }

    private static Replay? Replay()
    {
        if (Environment.GetEnvironmentVariable("STREAMX_REPLAY") is not { Length: > 0 } text) return null;
        var parts = text.Split(',');
        var random = new Rnd(ulong.Parse(parts[0], CultureInfo.InvariantCulture), ulong.Parse(parts[1], CultureInfo.InvariantCulture));
        return new Replay(random, int.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}
