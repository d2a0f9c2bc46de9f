using Microsoft.Extensions.Logging;
using Streamx.Hosting.Tests.Simulation;
using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>A loop that holds a value for longer than the transport allows: it has no token for each value.</summary>
[Collection(SimulationCollection.Name)]
public sealed class LoopHoldTests
{
    private readonly SimulatedClock _clock = new();

    [Fact]
    public async Task Loop_HoldsAValueForTooLong_GetsNoOtherAndTheLogNamesTheRisk()
    {
        await Task.Yield();
        var store = new InMemoryStore(_clock) { Lease = TimeSpan.FromMilliseconds(30), HoldLimit = TimeSpan.FromMilliseconds(1000) };
        var (seen, work) = (new List<int>(), new TaskCompletionSource());
        await using var pod = Pod.Build("numbers", stream =>
        {
            stream.Services.AddSingleton<TimeProvider>(_clock);
            stream.Services.AddSingleton(new Held(seen, work.Task));
            stream.UseInMemory(store.CreateProcess("one")).AddStreamConsumer<Held>("a");
        });
        await _clock.UntilAsync(pod.StartAsync());
        await using var lead = await store.CreateProcess("leader").LeadAsync([], default);
        await lead.BeginAsync(1);
        for (var number = 1; number <= 2; number++) await lead.AppendAsync(new TransportValue(number, new byte[] { 0, 0, 0, (byte)number }));
        await _clock.UntilAsync(() => seen.Count == 1);

        _clock.Advance(TimeSpan.FromMilliseconds(950));
        await OneThread.IdleAsync();
        var overdue = Assert.Single(pod.Log(LogLevel.Error));
        Assert.Equal([1], seen);
        work.SetResult();
        await _clock.UntilAsync(() => store.PositionOf("a") == 2);

        Assert.Contains("a loop cannot be told to give up the value that it has in hand: another process may begin that, too.", overdue, StringComparison.Ordinal);
        Assert.DoesNotContain("token", overdue, StringComparison.Ordinal);
        Assert.Equal([1, 2], seen);
    }

    internal sealed class Held(List<int> seen, Task work) : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var value in stream)
            {
                seen.Add(value);
                if (value == 1) await work;
            }
        }
    }
}
