using System.Globalization;

namespace Streamx.Hosting.Sqlite.Tests.Faults.Processes;

/// <summary>Checks what the workers of a stream have done.</summary>
internal static class Flow
{
    /// <summary>
    /// Nothing is lost whose put had returned, the numbers of what is handled for the first time only grow, and what is handled again is
    /// marked and was handled at most a window ago.
    /// </summary>
    /// <param name="lines">The logs of all processes. Those of one consumer stand in the order in which it ran.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="window">The stream's window.</param>
    /// <returns>How many values were handled again.</returns>
    public static int Check(IReadOnlyList<string> lines, string consumer, int window)
    {
        var put = lines.Where(line => line.StartsWith("put ", StringComparison.Ordinal)).Select(line => Number(line.Split(' ')[1])).ToHashSet();
        HashSet<long> handled = [];
        var (highest, repeats) = (0L, 0);
        foreach (var line in lines.Where(line => line.StartsWith($"begin {consumer} ", StringComparison.Ordinal)))
        {
            var fields = line.Split(' ');
            var (value, sequence) = (Number(fields[2]), Number(fields[3]));
            handled.Add(value);
            if (sequence == highest + 1)
            {
                highest = sequence;
                continue;
            }

            repeats++;
            Assert.True(sequence <= highest, $"{consumer}: {sequence} after {highest}: values were left out.");
            Assert.True(highest - sequence < window, $"{consumer}: {sequence} is handled again after {highest}: more than a window of {window}.");
            Assert.True(bool.Parse(fields[4]), $"{consumer}: {sequence} is handled again, and not marked.");
        }

        Assert.Empty(put.Except(handled));
        return repeats;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
