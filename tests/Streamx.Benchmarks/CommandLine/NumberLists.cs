using System.Globalization;

namespace Streamx.Benchmarks.CommandLine;

/// <summary>Reads the options of a mode, each a list of numbers: <c>--consumers 1,4</c>.</summary>
internal static class NumberLists
{
    /// <summary>The largest number any option takes; there is no larger window.</summary>
    private const int Largest = 1_048_576;

    /// <summary>Replaces the defaults by what was given.</summary>
    /// <param name="args">Names and lists, one after the other.</param>
    /// <param name="smallest">The smallest number allowed.</param>
    /// <param name="lists">The options there are, with their defaults.</param>
    /// <returns>Whether everything was understood.</returns>
    public static bool TryRead(string[] args, int smallest, Dictionary<string, int[]> lists)
    {
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !lists.ContainsKey(args[i])) return false;
            var numbers = args[i + 1].Split(',').Select(Read).ToArray();
            if (numbers.Any(number => number < smallest || number > Largest)) return false;
            lists[args[i]] = numbers;
        }

        return true;
    }

    private static int Read(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
