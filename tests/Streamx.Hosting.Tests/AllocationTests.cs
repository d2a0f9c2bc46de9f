using System.Diagnostics.Metrics;

namespace Streamx.Hosting.Tests;

/// <summary>What hosting allocates for each value, beside the stream alone: nothing, as long as nobody traces.</summary>
/// <remarks>
/// Everything runs on the thread that puts: continuations are synchronous, so a put has run the handler when it returns. The stream alone
/// is measured along with it, since a Debug build of it allocates while it checks its invariants.
/// </remarks>
public sealed class AllocationTests
{
    private const int Values = 5_000;

    /// <summary>For what happens now and then, whoever puts. One small object for each value would be many times that.</summary>
    private const long Slack = 8_192;

    [Theory]
    [InlineData(1, false)]
    [InlineData(64, false)]
    [InlineData(1, true)]
    [InlineData(64, true)]
    public async Task PutAsync_InjectedWriter_AllocatesNothingMore(int window, bool isMeasured)
    {
        var handled = new Handled();
        using var host = BuildHost(window, stream => stream.AddConsumer("handler", handled.Handle));
        await host.StartAsync().WithinAsync();
        using var listener = isMeasured ? Listen(host) : null;
        var writer = host.Services.GetRequiredService<IStreamWriter<long>>();

        var allocated = await MeasureAsync(writer, handled);

        Assert.InRange(allocated, 0, await MeasureBareAsync(window) + Slack);
        await host.StopAsync().WithinAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task PutAsync_RegisteredProducer_AllocatesNothingMore(int window)
    {
        var handled = new Handled();
        long allocated = -1;
        using var host = BuildHost(window, stream => stream
            .AddProducer("feed", async (writer, _) => allocated = await MeasureAsync(writer, handled))
            .AddConsumer("handler", handled.Handle));

        await host.RunToReportAsync();

        Assert.InRange(allocated, 0, await MeasureBareAsync(window) + Slack);
    }

    [Fact]
    public async Task MeasureAsync_HandlerAllocates_SeesIt()
    {
        var handled = new Handled();
        using var host = BuildHost(window: 1, stream => stream.AddConsumer("handler", (value, token) =>
        {
            GC.KeepAlive(new object());
            return handled.Handle(value, token);
        }));
        await host.StartAsync().WithinAsync();

        var allocated = await MeasureAsync(host.Services.GetRequiredService<IStreamWriter<long>>(), handled);

        Assert.True(allocated > await MeasureBareAsync(window: 1) + Slack);
        await host.StopAsync().WithinAsync();
    }

    private static IHost BuildHost(int window, Action<IStreamxBuilder<long>> register)
    {
        var builder = TestHost.CreateBuilder();
        register(builder.Services.AddStreamx<long>(stream =>
        {
            stream.Window = window;
            stream.AllowSynchronousContinuations = true;
            stream.StopHostWhenCompleted = true;
        }));
        return builder.Build();
    }

    /// <summary>Listens to every instrument of the host, and of no other that runs at the same time.</summary>
    private static MeterListener Listen(IHost host)
    {
        var scope = host.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == scope) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.Start();
        return listener;
    }

    /// <summary>The bytes that putting and handling allocate, on a stream without a host.</summary>
    private static async Task<long> MeasureBareAsync(int window)
    {
        var handled = new Handled();
        await using var stream = new AsyncStream<long>(new AsyncStreamOptions { Window = window, AllowSynchronousContinuations = true });
        var consumer = ConsumeAsync(stream.Subscribe());
        var allocated = await MeasureAsync(stream, handled);
        await stream.CloseAsync().WithinAsync();
        await consumer.WithinAsync();
        return allocated;

        async Task ConsumeAsync(StreamSubscription<long> subscription)
        {
            await foreach (var value in subscription) await handled.Handle(value, CancellationToken.None);
        }
    }

    private static async Task<long> MeasureAsync(IStreamWriter<long> writer, Handled handled)
    {
        // Until a put finds the consumer waiting and runs it here: from then on each one does.
        while (!handled.IsHandledHere(writer.PutAsync(0))) await writer.FlushAsync().WithinAsync();
        Put(writer, handled);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Put(writer, handled);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Put(IStreamWriter<long> writer, Handled handled)
    {
        for (var value = 0; value < Values; value++)
        {
            if (!handled.IsHandledHere(writer.PutAsync(value))) throw new InvalidOperationException("The put must have run the handler.");
        }
    }

    /// <summary>Handles values, and knows on which thread it did so last.</summary>
    private sealed class Handled
    {
        private volatile int _thread;

        public ValueTask Handle(long value, CancellationToken abortToken)
        {
            _thread = Environment.CurrentManagedThreadId;
            return default;
        }

        /// <summary>Whether a put that has just been made has run the handler on this thread.</summary>
        public bool IsHandledHere(ValueTask put)
        {
            var isHere = put.IsCompletedSuccessfully && _thread == Environment.CurrentManagedThreadId;
            _thread = 0;
            return isHere;
        }
    }
}
