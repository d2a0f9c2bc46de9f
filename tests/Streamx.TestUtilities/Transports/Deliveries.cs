using System.Text;

namespace Streamx.TestUtilities.Transports;

/// <summary>Short words for what contract tests do over and over.</summary>
internal static class Deliveries
{
    public static TransportValue Value(long sequence, string? body = null) => new(sequence, Encoding.UTF8.GetBytes(body ?? $"v{sequence}"));

    public static TransportValue End(long sequence) => new(sequence, default) { IsEnd = true };

    public static async Task AppendAsync(this ILeadSession lead, long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++) await lead.AppendAsync(Value(sequence)).WithinAsync();
    }

    public static async Task<TransportDelivery> NextAsync(this IJoinSession session) => await session.Deliveries.ReadAsync().AsTask().WithinAsync();

    /// <summary>Takes what comes, up to a number, and finishes it.</summary>
    public static async Task<List<string>> TakeAsync(this IJoinSession session, long last)
    {
        List<string> taken = [];
        while (true)
        {
            var next = await session.NextAsync();
            taken.Add(Show(next));
            session.Finish(next.Sequence);
            if (next.Sequence == last) return taken;
        }
    }

    /// <summary>Number and body; an end is marked.</summary>
    public static string Show(TransportDelivery delivery) => delivery.IsEnd ? $"{delivery.Sequence} end" : $"{delivery.Sequence} {Encoding.UTF8.GetString(delivery.Body.Span)}";
}
