#pragma warning disable RS0030 // Bounded channels are what we compare with.
using System.Threading.Channels;
using Streamx.Benchmarks.Latency;

namespace Streamx.Benchmarks.Peers;

/// <summary>A bounded channel for each consumer; the producer writes to one after the other.</summary>
internal static class Channels
{
    public static async Task RunAsync(int consumers, int window, int items, bool inline)
    {
        var channels = new Channel<long>[consumers];
        var running = new Task[consumers];
        for (var i = 0; i < consumers; i++)
        {
            channels[i] = Channel.CreateBounded<long>(new BoundedChannelOptions(window)
            {
                SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = inline,
            });
            running[i] = ConsumeAsync(channels[i].Reader, items);
        }

        await Task.Run(async () =>
        {
            for (long i = 0; i < items; i++)
            {
                foreach (var channel in channels) await channel.Writer.WriteAsync(i).ConfigureAwait(false);
            }

            foreach (var channel in channels) channel.Writer.Complete();
        });
        await Task.WhenAll(running);
    }

    /// <summary>With a second channel for acknowledgements: nobody gets a value before everyone has finished the last.</summary>
    public static async Task AcknowledgedAsync(int consumers, int items)
    {
        var acknowledgements = Channel.CreateUnbounded<int>(new UnboundedChannelOptions { SingleReader = true });
        var channels = new Channel<long>[consumers];
        var running = new Task[consumers];
        for (var i = 0; i < consumers; i++)
        {
            channels[i] = Channel.CreateBounded<long>(new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });
            running[i] = AcknowledgeAsync(channels[i].Reader, acknowledgements.Writer, items);
        }

        await Task.Run(async () =>
        {
            for (long i = 0; i < items; i++)
            {
                foreach (var channel in channels) await channel.Writer.WriteAsync(i).ConfigureAwait(false);
                for (var n = 0; n < consumers; n++) await acknowledgements.Reader.ReadAsync().ConfigureAwait(false);
            }

            foreach (var channel in channels) channel.Writer.Complete();
        });
        await Task.WhenAll(running);
    }

    /// <summary>One channel, whose values are handled several at a time.</summary>
    public static async Task ParallelAsync(int slots, int window, int items, Func<long, ValueTask> handleAsync)
    {
        var channel = Channel.CreateBounded<long>(new BoundedChannelOptions(window) { SingleWriter = true });
        var handling = Task.Run(() => Parallel.ForEachAsync(
            channel.Reader.ReadAllAsync(), new ParallelOptions { MaxDegreeOfParallelism = slots }, (value, _) => handleAsync(value)));
        await WriteAsync(channel.Writer, items);
        await handling;
    }

    /// <summary>Writes 0, 1, 2, … and completes the channel.</summary>
    public static Task WriteAsync(ChannelWriter<long> writer, int items) => Task.Run(async () =>
    {
        for (long i = 0; i < items; i++) await writer.WriteAsync(i).ConfigureAwait(false);
        writer.Complete();
    });

    /// <summary>One consumer, capacity 1.</summary>
    public static async Task LatencyAsync(PacedProducer producer, Arrivals arrivals, bool inline)
    {
        var channel = Channel.CreateBounded<StampedValue>(new BoundedChannelOptions(1)
        {
            SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = inline,
        });
        var consuming = ConsumeAsync(channel.Reader, arrivals);
        await Task.Run(() => producer.ProduceAsync(value => channel.Writer.WriteAsync(value)));
        channel.Writer.Complete();
        await consuming;
    }

    private static async Task ConsumeAsync(ChannelReader<long> reader, int items)
    {
        Sequence sequence = default;
        await foreach (var value in reader.ReadAllAsync().ConfigureAwait(false)) sequence.See(value);
        sequence.End(items);
    }

    private static async Task ConsumeAsync(ChannelReader<StampedValue> reader, Arrivals arrivals)
    {
        await foreach (var value in reader.ReadAllAsync().ConfigureAwait(false)) arrivals.See(value);
    }

    private static async Task AcknowledgeAsync(ChannelReader<long> reader, ChannelWriter<int> acknowledgements, int items)
    {
        Sequence sequence = default;
        await foreach (var value in reader.ReadAllAsync().ConfigureAwait(false))
        {
            sequence.See(value);
            acknowledgements.TryWrite(0);
        }

        sequence.End(items);
    }
}
