using System.Globalization;

namespace Streamx.Benchmarks.Slots;

/// <summary>What a figure of a run should be, and what it was.</summary>
/// <param name="What">What the figure is.</param>
/// <param name="Bound">The goal.</param>
/// <param name="Figure">The figure.</param>
/// <param name="IsMet">Whether it reaches the goal.</param>
internal sealed record Goal(string What, double Bound, double Figure, bool IsMet)
{
    public static Goal AtLeast(string what, double bound, double figure) => new(what, bound, figure, figure >= bound);

    public static Goal AtMost(string what, double bound, double figure) => new(what, bound, figure, figure <= bound);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"goal\t{What}\t{Figure:F2}\t{Bound:F2}\t{(IsMet ? "met" : $"missed by {Math.Abs(Figure - Bound):F2}")}");
}
