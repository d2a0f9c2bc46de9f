using System.Diagnostics;
using Streamx.Hosting.Tests.Logging;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>What code that observes activities and metrics throws changes no outcome, no report and no exit code.</summary>
[Collection(nameof(TracingCollection))]
public sealed class ThrowingObserverTests : IDisposable
{
    private readonly int _before = Environment.ExitCode;

    public static TheoryData<ObserverCall, int> Runs
    {
        get
        {
            var data = new TheoryData<ObserverCall, int>();
            foreach (var call in Enum.GetValues<ObserverCall>())
                foreach (var scenario in LoggingScenarios.All.Keys) data.Add(call, scenario);
            return data;
        }
    }

    public static TheoryData<ObserverCall, ConsumerKind> Kinds
    {
        get
        {
            var data = new TheoryData<ObserverCall, ConsumerKind>();
            foreach (var call in Enum.GetValues<ObserverCall>())
                foreach (var kind in Enum.GetValues<ConsumerKind>()) data.Add(call, kind);
            return data;
        }
    }

    public void Dispose() => Environment.ExitCode = _before;

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Observer_Throws_EndsEveryScenarioAsWithout(ObserverCall call, int scenario)
    {
        var expected = await RunAsync(scenario);
        using var observer = new ThrowingObserver(call);
        var actual = await RunAsync(scenario);

        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Observer_ThrowsAtAStreamBetweenProcesses_EveryPutIsAcceptedAndHandledOnce(ObserverCall call, ConsumerKind kind)
    {
        Environment.ExitCode = 0;
        using var observer = new ThrowingObserver(call);
        var store = new InMemoryStore(TimeProvider.System);
        var (seen, accepted, current) = (new Seen<int>(), 0, new List<Activity?>());
        var builder = TestHost.CreateBuilder();
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>("numbers", o => (o.Window, o.StopHostWhenCompleted) = (4, true)).UseInMemory(store.CreateProcess("one"))
            .AddProducer("feed", async (stream, token) =>
            {
                for (var value = 1; value <= 10; value++)
                {
                    await stream.PutAsync(value, token);
                    accepted++;
                    current.Add(Activity.Current);
                }
            })
            .AddDeadLetterHandler<Letters>()
            .AddScripted(
                kind,
                (value, _) =>
                {
                    if (value == 5 && kind == ConsumerKind.Handler) throw new InvalidOperationException("no ink");
                    seen.Add(Scripted.Name, value);
                    return default;
                },
                o => o.OnFailure = kind == ConsumerKind.Handler ? ConsumerFailure.Skip : ConsumerFailure.FaultStream);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.True(observer.HasThrown);
        Assert.Equal(10, accepted);
        Assert.All(current, Assert.Null);
        Assert.Equal(Enumerable.Range(1, 10).Except(kind == ConsumerKind.Handler ? [5] : []), seen[Scripted.Name]);
        Assert.Equal(kind == ConsumerKind.Handler ? [5] : [], seen[nameof(Letters)]);
        Assert.Equal(0, Environment.ExitCode);
        host.AssertEndedWell(report);
        report.AssertAddsUp();
        Assert.Single(host.Log(Microsoft.Extensions.Logging.LogLevel.Warning), message => message.StartsWith("A listener of ", StringComparison.Ordinal));
    }

    [Fact]
    public void Source_ListenerThrowsWhenItIsMade_TracesNothing()
    {
        var name = Guid.NewGuid().ToString();
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == name ? throw new NotSupportedException() : false };
        ActivitySource.AddActivityListener(listener);

        var source = new SafeActivitySource(name, version: null);

        Assert.False(source.HasListeners(failures: null));
        Assert.Null(source.Start(known => known.CreateActivity("put", ActivityKind.Producer), failures: null));
    }

    [Fact]
    public void Activity_StartThrows_IsStoppedForTheListenersBefore()
    {
        var name = Guid.NewGuid().ToString();
        List<string> calls = [];
        using var first = Listen(name, activity => calls.Add("started"), activity => calls.Add("stopped"));
        using var second = Listen(name, _ => throw new NotSupportedException(), _ => throw new NotSupportedException());
        var source = new SafeActivitySource(name, version: null);

        var activity = source.Start(known => known.CreateActivity("put", ActivityKind.Producer), failures: null);
        source.Stop(activity!, failures: null);

        Assert.Equal(["started", "stopped"], calls);
    }

    private static ActivityListener Listen(string name, Action<Activity> started, Action<Activity> stopped)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = started,
            ActivityStopped = stopped,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    internal sealed class Letters(Seen<int> seen) : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken)
        {
            seen.Add(nameof(Letters), letter.Value);
            return default;
        }
    }

    private static async Task<string> RunAsync(int scenario)
    {
        await using var run = new LoggedRun(scenario, throws: false);
        await LoggingScenarios.All[scenario](run);
        Assert.True(run.IsReached);
        return await run.OutcomeAsync();
    }
}
