using System.Globalization;
using System.Text;

namespace Streamx.Hosting.Testing;

/// <summary>The state of every stream and worker, for the message of a timeout.</summary>
internal static class StateText
{
    /// <summary>A line for each stream and each worker.</summary>
    internal static string Of(IReadOnlyList<StreamxStreamStatus> streams)
    {
        var text = new StringBuilder();
        foreach (var stream in streams)
        {
            Append(
                text,
                $"\nStream {stream.Name}: {stream.Stream.State}, {stream.Stream.ValuesPut} put, {stream.Stream.ValuesWaiting} waiting.");
            foreach (var producer in stream.Producers)
                Append(text, $"\n  Producer {producer.Name}: {producer.State}, {producer.Faults} faults.");
            foreach (var consumer in stream.Consumers)
            {
                var inHand = consumer.Subscription is { HoldsValue: true } ? " with a value in hand" : null;
                Append(text, $"\n  Consumer {consumer.Name}: {consumer.State}{inHand}, ");
                Append(text, $"{consumer.ValuesFinished} finished, {consumer.Faults} faults.");
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, FormattableString part) => text.Append(part.ToString(CultureInfo.InvariantCulture));
}
