using System.Reflection;
using Microsoft.Extensions.Logging;
using Streamx.Hosting.Tests.Chaos;

namespace Streamx.Hosting.Tests.Logging;

/// <summary>What a log sink does changes nothing. Alone, since the process has only one exit code.</summary>
[Collection(ChaosCollection.Name)]
public sealed class LoggingTests : IDisposable
{
    private readonly int _before = Environment.ExitCode;

    public static TheoryData<int> Events => [.. LoggingScenarios.All.Keys];

    public void Dispose() => Environment.ExitCode = _before;

    [Fact]
    public void EveryEvent_HasAScenario()
    {
        var logged = typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
            .OfType<int>();

        Assert.Equal(logged.Order(), LoggingScenarios.All.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(Events))]
    public async Task Sink_ThrowsAtAnyEvent_ChangesNothing(int eventId)
    {
        var expected = await RunAsync(eventId, throws: false);
        var actual = await RunAsync(eventId, throws: true);

        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(Events))]
    public async Task Message_OfAnyEvent_HasSecondsAndNoPluralOfOne(int eventId)
    {
        await using var run = new LoggedRun(eventId, throws: false);
        await LoggingScenarios.All[eventId](run);

        Assert.DoesNotMatch(@"\d:\d\d:\d\d|\b1 \w+s\b", run.Message);
    }

    [Fact]
    public async Task Leader_StreamHasBeenLed_SaysWhereItGoesOnAndWhatIsNotFinished()
    {
        await using var run = new LoggedRun(55, throws: false);

        await RemoteLoggingScenarios.LeadsBehindAsync(run, previousEpoch: 3);

        Assert.Equal(
            "Stream Int32 goes on where it was, behind number 8. Not finished up to there: away not known yet, behind 3.", run.Message);
    }

    [Fact]
    public async Task Leader_StoreHasLostTheStream_DoesNotSayThatItGoesOn()
    {
        await using var run = new LoggedRun(40, throws: false);

        await RemoteLoggingScenarios.LeadsBehindAsync(run, previousEpoch: 0);

        Assert.False(run.HasLogged(55));
    }

    [Theory]
    [InlineData(ConsumerFailure.Skip, 0)]
    [InlineData(ConsumerFailure.Restart, 0)]
    [InlineData(ConsumerFailure.FaultStream, 1)]
    public async Task Console_ExceptionCannotBeRead_ChangesNothing(ConsumerFailure policy, int expected)
    {
        Environment.ExitCode = 0;
        var tries = 0;
        var builder = TestHost.CreateBuilder();
        builder.Logging.AddConsole();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(3)
            .AddConsumer("failing", (_, _) => ++tries == 1 ? throw new UnreadableException() : default, o => (o.OnFailure, o.Restart) = (policy, PolicyHost.AtOnce(1)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(expected, Environment.ExitCode);
        Assert.Equal(expected == 0 ? ShutdownOutcome.Drained : ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        report.AssertAddsUp();
    }

    private static async Task<string> RunAsync(int eventId, bool throws)
    {
        await using var run = new LoggedRun(eventId, throws);
        await LoggingScenarios.All[eventId](run);
        Assert.True(run.IsReached);
        return await run.OutcomeAsync();
    }
}
