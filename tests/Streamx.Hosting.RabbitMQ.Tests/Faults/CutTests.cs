using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>The broker closes every connection of a stream while values flow, again and again.</summary>
public sealed class CutTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Connections_AllCutByTheBroker_FlowGoesOn(int window)
    {
        var (a, b, stop, last) = (new Taken(), new Taken(), new Signal(), new TaskCompletionSource<int>());
        await using var first = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => a.Add(value)), Windowed(window));
        await using var second = await Pod.StartAsync(_stream, stream => stream.AddConsumer("b", (value, _) => b.Add(value)), Windowed(window));
        await _stream.RegisteredAsync("a", "b");
        await using var producer = await Pod.StartAsync(
            _stream,
            stream => stream.AddProducer("feed", async (puts, token) =>
            {
                var value = 0;
                while (!stop.IsSet) await puts.PutAsync(++value, token);
                last.SetResult(value);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }),
            Windowed(window));

        await CutThreeTimesAsync(a, b, window);
        stop.Set();

        var count = await last.Task.WithinAsync();
        await Task.WhenAll(a.UntilAsync(count), b.UntilAsync(count));
        a.AssertNothingLost(count, window);
        b.AssertNothingLost(count, window);
    }

    [Fact]
    public async Task Connections_CutWithManyPutsUnderWay_EachValueArrivesInOrder()
    {
        const int Window = 64;
        var (a, b, stop, last) = (new Taken(), new Taken(), new Signal(), new TaskCompletionSource<int>());
        await using var first = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => a.Add(value)), Windowed(Window));
        await using var second = await Pod.StartAsync(_stream, stream => stream.AddConsumer("b", (value, _) => b.Add(value)), Windowed(Window));
        await _stream.RegisteredAsync("a", "b");
        await using var producer = await Pod.StartAsync(
            _stream,
            stream => stream.AddProducer("feed", async (puts, token) =>
            {
                // The calls in order, their confirms not waited for one by one.
                var underWay = new Queue<Task>();
                var value = 0;
                while (!stop.IsSet)
                {
                    underWay.Enqueue(puts.PutAsync(++value, token).AsTask());
                    if (underWay.Count == 2 * Window) await underWay.Dequeue();
                }

                await Task.WhenAll(underWay);
                last.SetResult(value);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }),
            Windowed(Window));

        await CutThreeTimesAsync(a, b, Window);
        stop.Set();

        var count = await last.Task.WithinAsync();
        await Task.WhenAll(a.UntilAsync(count), b.UntilAsync(count));
        a.AssertNothingLost(count, Window);
        b.AssertNothingLost(count, Window);
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private static Action<StreamxOptions> Windowed(int window) => o => o.Window = window;

    /// <summary>
    /// Cuts all connections, three times, each time while values flow: more than a window of them after a cut shows that producer and
    /// consumers have connections again.
    /// </summary>
    private async Task CutThreeTimesAsync(Taken a, Taken b, int window)
    {
        for (var cut = 0; cut < 3; cut++)
        {
            await Task.WhenAll(a.UntilMoreAsync((3 * window) + 50), b.UntilMoreAsync((3 * window) + 50));
            await broker.Node.CloseConnectionsAsync(_stream.Name);
        }
    }
}
