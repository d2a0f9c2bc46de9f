using System.Globalization;
using System.Text.RegularExpressions;

namespace WorkerDemo.Tests.Support;

/// <summary>What a run of the program ended with.</summary>
internal sealed record WorkerResult(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Error)
{
    /// <summary>How the stream ended, from the drain report.</summary>
    internal string Outcome => Stream.Groups["outcome"].Value;

    /// <summary>How many values were accepted, from the drain report.</summary>
    internal int Accepted => int.Parse(Stream.Groups["accepted"].Value, CultureInfo.InvariantCulture);

    /// <summary>How long the drain took, from the drain report.</summary>
    internal TimeSpan DrainTime => TimeSpan.FromSeconds(double.Parse(Stream.Groups["drained"].Value, CultureInfo.InvariantCulture));

    private Match Stream => Find(@" Stream events ended: (?<outcome>\w+), values accepted: (?<accepted>\d+), drained in (?<drained>[\d.]+) s\.$");

    /// <summary>A consumer's line of the drain report.</summary>
    internal (int Finished, int Skipped, int DeadLettered, int Aborted, int Undelivered, double WaitedFor) Consumer(string name)
    {
        var row = Find($@" Stream events, consumer {name}: (?<finished>\d+) finished, (?<skipped>\d+) skipped, (?<letters>\d+) dead-lettered, (?<aborted>\d+) aborted, (?<undelivered>\d+) undelivered, waited for (?<waited>[\d.]+) s");
        int Number(string column) => int.Parse(row.Groups[column].Value, CultureInfo.InvariantCulture);
        return (
            Number("finished"), Number("skipped"), Number("letters"), Number("aborted"), Number("undelivered"),
            double.Parse(row.Groups["waited"].Value, CultureInfo.InvariantCulture));
    }

    /// <summary>Asserts an exit code, and shows what was printed when it is another.</summary>
    internal void AssertExitCode(int expected) =>
        Assert.True(ExitCode == expected, string.Join(Environment.NewLine, [$"Exit code {ExitCode} instead of {expected}. Printed:", .. Output, .. Error]));

    /// <summary>Asserts that each of these finished every accepted value.</summary>
    internal void AssertFinishedAll(params string[] consumers)
    {
        foreach (var name in consumers)
        {
            var consumer = Consumer(name);
            Assert.Equal(
                (name, Accepted, 0, 0, 0, 0),
                (name, consumer.Finished, consumer.Skipped, consumer.DeadLettered, consumer.Aborted, consumer.Undelivered));
        }
    }

    private Match Find(string pattern) =>
        Output.Select(line => Regex.Match(line, pattern)).FirstOrDefault(match => match.Success)
        ?? throw new Xunit.Sdk.XunitException(string.Join(Environment.NewLine, [$"No line of the output matches {pattern}:", .. Output, .. Error]));
}
