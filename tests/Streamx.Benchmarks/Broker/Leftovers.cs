using RabbitMQ.Client;

namespace Streamx.Benchmarks.Broker;

/// <summary>Queues and exchanges of a run that is over: the broker gets slower with them, and later messages may be routed to them.</summary>
internal static class Leftovers
{
    public static async Task DeleteAsync(Uri broker, IEnumerable<string> queues, IEnumerable<string> exchanges)
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in queues) await channel.QueueDeleteAsync(queue);
        foreach (var exchange in exchanges) await channel.ExchangeDeleteAsync(exchange);
    }

    /// <summary>Deletes what a stream has left.</summary>
    public static Task DeleteStreamAsync(Uri broker, string stream, IEnumerable<string> consumers) => DeleteAsync(
        broker,
        consumers.SelectMany(consumer => new[] { $"c.{consumer}", $"ck.{consumer}" }).Append("lock").Append("names").Select(queue => $"{stream}.{queue}"),
        [$"{stream}.data", $"{stream}.ctl"]);
}
