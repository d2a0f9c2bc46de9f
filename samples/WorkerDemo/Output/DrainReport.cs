using System.Globalization;
using System.Text;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>The framework's shutdown report, for people.</summary>
internal static class DrainReport
{
    /// <summary>A table for each stream.</summary>
    internal static string Format(StreamxShutdownReport report)
    {
        var text = new StringBuilder();
        foreach (var stream in report.Streams)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"Stream {stream.Name}: {stream.Outcome}, {stream.ValuesAccepted} accepted, drained in {stream.DrainTime.TotalSeconds:F3} s");
            var table = new TextTable("consumer", "finished", "skipped", "dead-lettered", "aborted", "undelivered", "seconds waited for", "returned");
            foreach (var consumer in stream.Consumers)
            {
                table.Add(
                    consumer.Name,
                    consumer.Finished.ToString(CultureInfo.InvariantCulture),
                    consumer.Skipped.ToString(CultureInfo.InvariantCulture),
                    consumer.DeadLettered.ToString(CultureInfo.InvariantCulture),
                    consumer.Aborted.ToString(CultureInfo.InvariantCulture),
                    consumer.Undelivered.ToString(CultureInfo.InvariantCulture),
                    consumer.TimeWaitedFor.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture),
                    consumer.HasReturned ? "yes" : "no");
            }

            text.Append(table);
        }

        return text.ToString();
    }
}
