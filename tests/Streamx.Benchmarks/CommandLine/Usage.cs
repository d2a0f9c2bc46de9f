using Streamx.Benchmarks.Broker;
using Streamx.Benchmarks.Buses;
using Streamx.Benchmarks.Compare;
using Streamx.Benchmarks.Durable;
using Streamx.Benchmarks.Hosted;
using Streamx.Benchmarks.Latency;
using Streamx.Benchmarks.Slots;

namespace Streamx.Benchmarks.CommandLine;

/// <summary>What the program can be asked for.</summary>
internal static class Usage
{
    public const string Everything = $"""
        usage, one of:
          {CompareCommand.Usage}
              time and allocation of the stream, bare and hosted, beside channels, Dataflow, Akka.Streams and Python,
              and which goals are met; --loaded keeps every core busy with other processes meanwhile
          {LatencyCommand.Usage}
              put to receive, beside channels; microseconds between two puts
          {HostingCommand.Usage}
              a hosted handler over a bare loop, with and without its metrics listened to
          {SlotsCommand.Usage}
              a consumer with several slots beside one slot, and beside what else calls a handler in parallel
          {BrokerCommand.Usage}
              a stream over RabbitMQ beside the broker's own floor; brokers of its own
          {BusesCommand.Usage}
              the stream beside MassTransit and Wolverine, in memory and over RabbitMQ, with what each promises; a broker of its own
          {DurableCommand.Usage}
              a stream in a SQLite file beside a bare loop on the same file system, and over RabbitMQ; 1: every commit flushed
          --filter '*'
              the suites, with any option of BenchmarkDotNet
        """;

    /// <summary>Says how it is used.</summary>
    /// <returns>The exit code for arguments that are not understood.</returns>
    public static async Task<int> RefuseAsync(string usage)
    {
        await Console.Error.WriteLineAsync(usage);
        return 2;
    }
}
