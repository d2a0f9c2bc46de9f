#pragma warning disable RS0030 // Bounded channels are what we compare with.
using System.Threading.Channels;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Streamx.Benchmarks.Peers;

/// <summary>A graph of Akka.Streams that calls a handler for several values at a time. Its actors are started once.</summary>
internal static class AkkaStreams
{
    private static readonly Lazy<ActorMaterializer> s_materializer = new(() => ActorSystem.Create("benchmarks", "akka.loglevel = OFF").Materializer());

    public static Task SelectAsync(int slots, int window, int items, Func<long, ValueTask> handleAsync) =>
        RunAsync(window, items, source => source.SelectAsync(slots, value => CallAsync(handleAsync, value)));

    public static Task SelectUnorderedAsync(int slots, int window, int items, Func<long, ValueTask> handleAsync) =>
        RunAsync(window, items, source => source.SelectAsyncUnordered(slots, value => CallAsync(handleAsync, value)));

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
