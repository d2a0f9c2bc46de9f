using System.Globalization;

namespace Streamx.Benchmarks.Compare;

/// <summary>What a figure of a run should be, and what it was.</summary>
/// <param name="What">What the figure is.</param>
/// <param name="Bound">The goal.</param>
/// <param name="Figure">The figure.</param>
/// <param name="IsMet">Whether it reaches the goal.</param>
internal sealed record Goal(string What, double Bound, double Figure, bool IsMet)
{
    public static Goal AtLeast(string what, double bound, double figure) => new(what, bound, figure, figure >= bound);

    public static Goal AtMost(string what, double bound, double figure) => new(what, bound, figure, figure <= bound);

    /// <summary>Writes goals, a line for each, and last how many are missed.</summary>
    public static void Write(IReadOnlyCollection<Goal> goals)
    {
        foreach (var goal in goals) Console.WriteLine(goal);
        var missed = goals.Count(goal => !goal.IsMet);
        Console.WriteLine(missed == 0 ? "every goal is met" : $"{missed} of {goals.Count} goals are missed");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"goal\t{What}\t{Figure:F2}\t{Bound:F2}\t{(IsMet ? "met" : $"missed by {Math.Abs(Figure - Bound):F2}")}");
}
