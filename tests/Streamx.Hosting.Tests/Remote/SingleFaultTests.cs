using Streamx.Hosting.Tests.Simulation;
using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>One step between a process and the store goes wrong: nothing is lost, and every process comes to the end.</summary>
[Collection(SimulationCollection.Name)]
public sealed class SingleFaultTests
{
    private const string Name = "numbers";
    private const int Last = 12;
    private const int Window = 3;

    private readonly SimulatedClock _clock = new();
    private readonly FaultScript _faults = new();
    private readonly InMemoryStore _store;

    public SingleFaultTests() => _store = new InMemoryStore(_clock) { Faults = _faults, Lease = TimeSpan.FromMilliseconds(30) };

    public static TheoryData<int, int, int> Faults
    {
        get
        {
            var data = new TheoryData<int, int, int>();
            foreach (var point in Enum.GetValues<FaultPoint>().Where(point => point is not (FaultPoint.Retire or FaultPoint.Renew)))
                foreach (var kind in Enum.GetValues<FaultKind>())
                    foreach (var earlier in IsRepeated(point) ? new[] { 0, 5 } : [0])
                        data.Add((int)point, (int)kind, earlier);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Step_GoesWrong_EveryValueIsHandledAndEveryProcessEnds(int point, int kind, int earlier)
    {
        await Task.Yield();
        await _store.CreateProcess().RegisterAsync(["a", "b"], default);
        for (var i = 0; i < earlier; i++) _faults.Next((FaultPoint)point, default);
        var delay = TimeSpan.FromMilliseconds(kind == (int)FaultKind.None ? 3 : 0);
        _faults.Next((FaultPoint)point, new Fault((FaultKind)kind) { Delay = delay, ReplyDelay = delay });
        var (a, b) = (new Taken(), new Taken());
        await using var first = Build("first", stream => stream.AddConsumer("a", (value, _) => a.Add(value)));
        await using var second = Build("second", stream => stream.AddConsumer("b", (value, _) => b.Add(value)));
        await using var producer = Build("producer", stream => stream.AddProducer("feed", async (puts, token) =>
        {
            for (var value = 1; value <= Last; value++) await puts.PutAsync(value, token);
        }));

        await _clock.UntilAsync(Task.WhenAll(first.StartAsync(), second.StartAsync(), producer.StartAsync()));
        var ending = Task.WhenAll(first.EndAsync(), second.EndAsync(), producer.EndAsync());
        await _clock.UntilAsync(ending);

        Assert.All(await ending, report => Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome));
        a.AssertNothingLost(Last, Window);
        b.AssertNothingLost(Last, Window);
        Assert.Equal(0, _faults.Pending);
        Assert.Null(_store.Problem);
    }

    private static bool IsRepeated(FaultPoint point) => point is FaultPoint.Append or FaultPoint.Deliver or FaultPoint.Report or FaultPoint.Tell;

    private Pod Build(string process, Action<IStreamxBuilder<int>> add) => Pod.Build(
        Name,
        stream =>
        {
            stream.Services.AddSingleton<TimeProvider>(_clock);
            add(stream.UseInMemory(_store.CreateProcess(process)));
        },
        o => (o.Window, o.StopHostWhenCompleted) = (Window, true));
}
