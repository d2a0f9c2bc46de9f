using System.Globalization;

namespace Streamx.Hosting.Sqlite.Tests.Faults.Randomised;

/// <summary>Checks what the processes of a round have done. The source's values are the numbers from 1 on.</summary>
/// <param name="workers">All processes that there were.</param>
/// <param name="window">The stream's window.</param>
internal sealed class RoundCheck(IReadOnlyList<Worker> workers, int window)
{
    private readonly Line[] _lines = [.. workers.SelectMany(worker => worker.Process.Lines.Select(line => Line.Read(worker, line))).OrderBy(line => line.Stamp)];

    /// <summary>The highest value whose put has returned.</summary>
    public long Last => _lines.Where(line => line.Fields[0] == "put").Select(line => line.Value(1)).DefaultIfEmpty().Max();

    /// <summary>
    /// A consumer whose effects are outside of the file had each value, for the first time in order, and what it had again was marked and at
    /// most a window old.
    /// </summary>
    /// <returns>How many values it had again.</returns>
    public int CheckHandled(string consumer, long last)
    {
        var (highest, repeats) = (0L, 0);
        Dictionary<Worker, int> late = [];
        foreach (var line in _lines.Where(line => line.Fields[0] == "begin" && line.Fields[1] == consumer))
        {
            var value = line.Value(2);
            if (value == highest + 1)
            {
                highest = value;
                continue;
            }

            Assert.True(value <= highest, $"{consumer}: {value} after {highest}: values were left out.");
            repeats++;
            if (bool.Parse(line.Fields[4]) && highest - value < window) continue;
            // A process that was stopped on its way into the handler begins its value when it goes on, although another has the consumer.
            late[line.Worker] = late.GetValueOrDefault(line.Worker) + 1;
            Assert.True(
                late[line.Worker] <= line.Worker.Stops,
                $"{consumer}: {value} is handled again after {highest}, with a window of {window}, marked: {line.Fields[4]}.");
        }

        Assert.True(highest >= last, $"{consumer} had {highest} of {last} values.");
        return repeats;
    }

    /// <summary>A consumer whose effects are in the file had each value once.</summary>
    public static void CheckEffects(TestFile file, string path, string consumer, long last, bool isOrdered)
    {
        using var connection = file.Connect(path);
        using var command = connection.CreateCommand();
        command.CommandText = $"select value from effects where consumer = '{consumer}' order by {(isOrdered ? "id" : "value")}";
        using var rows = command.ExecuteReader();
        var next = 1L;
        while (rows.Read())
        {
            Assert.True(rows.GetInt64(0) == next, $"{consumer}: the effect of {rows.GetInt64(0)} stands where that of {next} should.");
            next++;
        }

        Assert.True(next > last, $"{consumer} has the effects of {next - 1} of {last} values.");
    }

    private sealed record Line(Worker Worker, string[] Fields, long Stamp)
    {
        public static Line Read(Worker worker, string line)
        {
            var fields = line.Split(' ');
            return new Line(worker, fields, long.Parse(fields[^1], CultureInfo.InvariantCulture));
        }

        public long Value(int field) => long.Parse(Fields[field], CultureInfo.InvariantCulture);
    }
}
