namespace Streamx.Benchmarks.Compare;

/// <summary>The goals of the stream in one table, at one number of consumers and one window.</summary>
/// <param name="measurements">The rows of that number and window.</param>
/// <param name="isLoaded">Whether other processes keep every core busy meanwhile.</param>
internal sealed class Goals(IReadOnlyList<Measurement> measurements, bool isLoaded)
{
    /// <summary>
    /// What counts as no allocation: the difference of two runs is measured, and the runtime allocates a little of its own.
    /// </summary>
    private const double NoBytes = 0.05;

    private readonly string _where = $"window {measurements[0].Window}, consumers {measurements[0].Consumers}";

    /// <summary>The goals, and what came of them.</summary>
    public IEnumerable<Goal> All => (measurements[0].Window == 1 ? OfLockStep() : OfWindow()).Concat(OfEach());

    private IEnumerable<Goal> OfLockStep()
    {
        string[] others = [Scenario.Channels, Scenario.Dataflow, Scenario.Akka];
        yield return AgainstBest(Scenario.Hosted, others, isLoaded ? 1.3 : 1.6);
        if (isLoaded) yield break;
        yield return AgainstBest(Scenario.Core, others, 1.6);
        yield return AgainstBest(Scenario.CoreInline, [Scenario.ChannelsInline], 2);
        yield return AgainstBest(Scenario.HostedInline, [Scenario.ChannelsInline], 2);
    }

    private IEnumerable<Goal> OfWindow()
    {
        if (isLoaded) yield break;
        string[] others = [Scenario.Channels, Scenario.Dataflow];
        yield return AgainstBest(Scenario.Core, others, 4);
        yield return AgainstBest(Scenario.Hosted, others, 4);
        yield return Goal.AtMost(
            $"{_where}: '{Scenario.Hosted}', times the time of '{Scenario.Core}'", 1.3, Ratio(Scenario.Hosted, Scenario.Core));
    }

    private IEnumerable<Goal> OfEach()
    {
        foreach (var own in measurements.Where(measurement => measurement.Scenario.IsOurs))
        {
            yield return Goal.AtMost($"{_where}: '{own.Scenario.Name}', bytes per value", NoBytes, own.BytesPerItem);
            if (!isLoaded)
                yield return Goal.AtMost($"{_where}: '{own.Scenario.Name}', longest run by shortest", 1.5, own.Runs.Max() / own.Runs.Min());
        }
    }

    private Goal AgainstBest(string ours, string[] others, double bound)
    {
        var best = others.MinBy(other => Find(other).NanosecondsPerItem)!;
        return Goal.AtLeast($"{_where}: '{best}', times the time of '{ours}'", bound, Ratio(best, ours));
    }

    private Measurement Find(string name) => measurements.Single(measurement => measurement.Scenario.Name == name);

    private double Ratio(string name, string other) => Find(name).TimesTheTimeOf(Find(other));
}
