using Streamx.Hosting.Tests.Simulation;
using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>What becomes of a batch whose session is lost while a handler has it in hand.</summary>
[Collection(SimulationCollection.Name)]
public sealed class ConsumerLoopBatchTests
{
    private readonly SimulatedClock _clock = new();
    private readonly InMemoryStore _store;
    private readonly Batches _batches = new();

    public ConsumerLoopBatchTests() => _store = new InMemoryStore(_clock) { Lease = TimeSpan.FromMilliseconds(30) };

    [Fact]
    public async Task Batch_FinishedAfterItsSessionWasLost_IsNotHandledAgainHere()
    {
        var process = _store.CreateProcess("one");
        await using var pod = await StartAsync(process);
        await _clock.UntilAsync(() => _batches.Handled.Count == 1);

        process.Disconnect();
        await OneThread.IdleAsync();
        _batches.Work.SetResult();
        await _clock.UntilAsync(() => _store.PositionOf("a") == 3);

        Assert.Equal(["1 2 3"], _batches.Handled);
    }

    [Fact]
    public async Task Batch_FailsAfterItsSessionWasLost_IsHandledOnlyOnceItIsDeliveredAgain()
    {
        var process = _store.CreateProcess("one");
        await using var pod = await StartAsync(process);
        await _clock.UntilAsync(() => _batches.Handled.Count == 1);

        process.Disconnect();
        await OneThread.IdleAsync();
        _batches.Work.SetException(new IOException("It fails."));
        await _clock.UntilAsync(() => _store.PositionOf("a") == 3);

        Assert.Equal(["1 2 3", "1 2 3 again"], _batches.Handled);
    }

    private async Task<Pod> StartAsync(InMemoryTransport process)
    {
        await _store.CreateProcess().RegisterAsync(["a"], default);
        var lead = await _store.CreateProcess("leader").LeadAsync([], default);
        await lead.BeginAsync(1);
        for (var value = 1; value <= 3; value++) await lead.AppendAsync(new TransportValue(value, new byte[] { 0, 0, 0, (byte)value }));
        var pod = Pod.Build(
            "numbers",
            stream =>
            {
                stream.Services.AddSingleton<TimeProvider>(_clock).AddSingleton(_batches);
                stream.UseInMemory(process).AddBatchConsumer<Batches>("a", o =>
                {
                    (o.MaxBatchSize, o.MaxBatchWait) = (3, TimeSpan.FromMilliseconds(20));
                    o.Retry = new RetryOptions { MaxAttempts = 1, Delay = TimeSpan.Zero };
                });
            },
            o => o.Window = 4);
        await _clock.UntilAsync(pod.StartAsync());
        return pod;
    }

    private sealed class Batches : IBatchConsumer<int>
    {
        public TaskCompletionSource Work { get; } = new();

        public List<string> Handled { get; } = [];

        public async ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
        {
            Handled.Add(string.Join(' ', batch) + (StreamxDelivery.CurrentBatch[0].IsRedelivered ? " again" : null));
            if (Handled.Count == 1) await Work.Task;
        }
    }
}
