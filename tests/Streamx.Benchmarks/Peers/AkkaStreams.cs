#pragma warning disable RS0030 // Bounded channels are what we compare with.
using System.Threading.Channels;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Streamx.Benchmarks.Peers;

/// <summary>Graphs of Akka.Streams: every value to every consumer, or a handler that is called for several values at a time.</summary>
internal static class AkkaStreams
{
    private static readonly Lazy<ActorMaterializer> s_materializer = new(
        () => ActorSystem.Create("benchmarks", "akka.loglevel = OFF").Materializer());

    /// <summary>
    /// A source that is broadcast to sinks with buffers of a window, each an island of its own: consumers run at the same time. The
    /// source enumerates, which is the fastest it can do; nothing is put from outside.
    /// </summary>
    public static Task BroadcastAsync(int consumers, int window, int items)
    {
        var ends = Enumerable.Range(0, consumers).Select(_ => new TaskCompletionSource()).ToArray();
        var buffer = Attributes.CreateInputBuffer(window, window);
        var graph = RunnableGraph.FromGraph(GraphDsl.Create(builder =>
        {
            var broadcast = builder.Add(new Broadcast<long>(consumers));
            builder.From(Source.From(Values(items))).To(broadcast.In);
            for (var i = 0; i < consumers; i++)
                builder.From(broadcast.Out(i)).To(See(ends[i], items).WithAttributes(buffer).Async());
            return ClosedShape.Instance;
        }));
        graph.Run(s_materializer.Value);
        return Task.WhenAll(ends.Select(end => end.Task));
    }

    public static Task SelectAsync(int slots, int window, int items, Func<long, ValueTask> handleAsync) =>
        RunAsync(window, items, source => source.SelectAsync(slots, value => CallAsync(handleAsync, value)));

    public static Task SelectUnorderedAsync(int slots, int window, int items, Func<long, ValueTask> handleAsync) =>
        RunAsync(window, items, source => source.SelectAsyncUnordered(slots, value => CallAsync(handleAsync, value)));

    private static Sink<long, Task<Akka.Done>> See(TaskCompletionSource end, int items)
    {
        Sequence sequence = default;
        return Sink.ForEach<long>(value =>
        {
            try
            {
                sequence.See(value);
                if (value == items - 1) end.TrySetResult();
            }
            catch (InvalidOperationException error)
            {
                end.TrySetException(error);
            }
        });
    }

    private static IEnumerable<long> Values(int items)
    {
        for (long i = 0; i < items; i++) yield return i;
    }

    private static async Task RunAsync(int window, int items, Func<Source<long, Akka.NotUsed>, Source<long, Akka.NotUsed>> select)
    {
        var channel = Channel.CreateBounded<long>(new BoundedChannelOptions(window) { SingleReader = true, SingleWriter = true });
        var handled = select(ChannelSource.FromReader(channel.Reader)).RunWith(Sink.Ignore<long>(), s_materializer.Value);
        await Channels.WriteAsync(channel.Writer, items);
        await handled;
    }

    private static Task<long> CallAsync(Func<long, ValueTask> handleAsync, long value)
    {
        var call = handleAsync(value);
        return call.IsCompletedSuccessfully ? Task.FromResult(value) : AwaitAsync(call, value);
    }

    private static async Task<long> AwaitAsync(ValueTask call, long value)
    {
        await call.ConfigureAwait(false);
        return value;
    }
}
