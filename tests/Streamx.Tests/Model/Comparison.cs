namespace Streamx.Tests.Model;

/// <summary>Runs a program against the model and a real stream, and compares what is to be seen of them after each step.</summary>
internal static class Comparison
{
    /// <summary>The first difference; null when there is none.</summary>
    internal static async Task<string?> RunAsync(StreamProgram program)
    {
        var model = new ModelStream(program.Window, program.WhenNoSubscribers);
        using var real = new RealStream(program.Window, program.WhenNoSubscribers);
        var last = "the beginning";
        try
        {
            foreach (var call in program.Calls())
            {
                last = $"{call}";
                call.Apply(model);
                call.Apply(real);
                if (await DifferenceAsync(model, real, isEnd: false) is { } difference) return $"After {last}{difference}";
            }

            last = "everything has been taken";
            return await DifferenceAsync(model, real, isEnd: true) is { } lastDifference ? $"After {last}{lastDifference}" : null;
        }
        catch (Exception error)
        {
            return $"{last} made the stream throw {error}";
        }
    }

    private static async Task<string?> DifferenceAsync(ModelStream model, RealStream real, bool isEnd)
    {
        var expected = model.Describe();
        await real.ObserveAsync(expected.ToHashSet(StringComparer.Ordinal), isEnd);
        var actual = real.Describe();
        return expected.SequenceEqual(actual, StringComparer.Ordinal) ? null : Difference(expected, actual);
    }

    private static string Difference(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        var lines = new List<string> { "" };
        foreach (var (model, stream) in expected.Zip(actual).Where(pair => pair.First != pair.Second))
        {
            lines.Add($"  model:  {model}");
            lines.Add($"  stream: {stream}");
        }

        return string.Join(Environment.NewLine, lines);
    }
}
