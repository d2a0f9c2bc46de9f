using FsCheck;
using FsCheck.Fluent;

namespace Streamx.Tests.Model;

/// <summary>Random programs, and the simpler programs to try when one fails.</summary>
internal static class Programs
{
    private const int MaxWindow = 4;
    private const int MaxSteps = 60;

    /// <summary>How often each step comes up, in relation to the others.</summary>
    private static readonly (int Weight, StepKind Kind)[] s_weights =
    [
        (70, StepKind.Put), (35, StepKind.PutMany), (20, StepKind.TryPut), (20, StepKind.CancelPut), (30, StepKind.Subscribe), (120, StepKind.Read), (60, StepKind.Finish),
        (20, StepKind.Leave), (20, StepKind.Flush), (8, StepKind.CancelFlush), (5, StepKind.Close), (4, StepKind.Fault),
    ];

    internal static Arbitrary<StreamProgram> Arbitrary { get; } = Arb.From(Generator(), Simpler);

    private static Gen<StreamProgram> Generator()
    {
        var kinds = Gen.Frequency(s_weights.Select(weighted => (weighted.Weight, Gen.Constant(weighted.Kind))));
        var steps = from kind in kinds
                    from which in Gen.Choose(0, 5)
                    from choice in Gen.Choose(0, 5)
                    select new Step(kind, which, choice);
        return from window in Gen.Choose(1, MaxWindow)
               from policy in Gen.Elements(NoSubscribers.Wait, NoSubscribers.Wait, NoSubscribers.Discard, NoSubscribers.Throw)
               from length in Gen.Choose(1, MaxSteps)
               from list in Gen.ListOf(steps, length)
               select new StreamProgram(window, policy, [.. list]);
    }

    /// <summary>Fewer steps, from large pieces to single ones, then simpler settings and simpler steps.</summary>
    private static IEnumerable<StreamProgram> Simpler(StreamProgram program)
    {
        var steps = program.Steps;
        for (var length = steps.Count / 2; length >= 1; length /= 2)
        {
            for (var start = 0; start + length <= steps.Count; start += length)
                yield return program with { Steps = [.. steps.Take(start), .. steps.Skip(start + length)] };
        }

        if (program.Window > 1) yield return program with { Window = program.Window - 1 };
        if (program.WhenNoSubscribers != NoSubscribers.Wait) yield return program with { WhenNoSubscribers = NoSubscribers.Wait };
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].Choice > 0) yield return program with { Steps = [.. steps.Take(i), steps[i] with { Choice = 0 }, .. steps.Skip(i + 1)] };
            if (steps[i].Which > 0) yield return program with { Steps = [.. steps.Take(i), steps[i] with { Which = 0 }, .. steps.Skip(i + 1)] };
        }
    }
}
