using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Logging;

/// <summary>A host whose log sink may throw at one event, and how everything ended for it.</summary>
internal sealed class LoggedRun : IAsyncDisposable
{
    private readonly EventSink _sink;
    private readonly int _event;
    private IHost? _host;

    /// <summary>Prepares it.</summary>
    /// <param name="eventId">The event that the scenario has to reach.</param>
    /// <param name="throws">Whether the sink throws at it.</param>
    public LoggedRun(int eventId, bool throws)
    {
        Environment.ExitCode = 0;
        _event = eventId;
        _sink = new EventSink(throws ? eventId : null);
        Builder = TestHost.CreateBuilder();
        Builder.Logging.AddProvider(_sink);
    }

    public HostApplicationBuilder Builder { get; }

    public FakeTimeProvider Time { get; } = new();

    public IHost Host => _host ??= Builder.Build();

    /// <summary>Whether the event has come.</summary>
    public bool IsReached => _sink.Has(_event);

    /// <summary>Whether another event has come.</summary>
    public bool HasLogged(int eventId) => _sink.Has(eventId);

    /// <summary>The last message of the event.</summary>
    public string Message => _sink.TextOf(_event);

    /// <summary>Registers the stream of the scenario, on the test's clock where time is to pass.</summary>
    public IStreamxBuilder<int> AddStream(bool onFakeTime = false, Action<StreamxOptions>? configure = null)
    {
        if (onFakeTime) Builder.On(Time);
        return Builder.Services.AddStreamx<int>(o =>
        {
            o.StopHostWhenCompleted = true;
            configure?.Invoke(o);
        });
    }

    public Task StartAsync() => Host.StartAsync().WithinAsync();

    /// <summary>Ends when the event has come.</summary>
    public Task ReachedAsync() => Until.TrueAsync(() => IsReached);

    /// <summary>Lets time pass until the event has come.</summary>
    public async Task AdvanceUntilReachedAsync(TimeSpan step)
    {
        while (!IsReached)
        {
            Time.Advance(step);
            await Task.Yield();
        }
    }

    /// <summary>Runs it until it stops by itself.</summary>
    public async Task RunAsync()
    {
        await StartAsync();
        await Host.StopRequestedAsync();
        await Host.StopAsync().WithinAsync();
    }

    /// <summary>The report, without what is only measured, and the exit code.</summary>
    public async Task<string> OutcomeAsync()
    {
        string report;
        try
        {
            report = string.Join('\n', (await Host.ReportAsync()).Streams.Select(Text));
        }
        catch (Exception error) when (error is not TimeoutException)
        {
            report = error.ToString().Split('\n')[0];
        }

        return $"{report}\nexit code {Environment.ExitCode}";
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await ((IAsyncDisposable)Host).DisposeAsync();
        }
        catch (InvalidOperationException)
        {
            // Streams that could not be ended say so again.
            Host.Dispose();
        }
    }

    private static string Text(StreamShutdownReport stream) =>
        $"{stream.Name}: {stream.Outcome}, {stream.ValuesAccepted} accepted; " + string.Join(", ", stream.Consumers.Select(consumer =>
            $"{consumer.Name}: {consumer.Finished} {consumer.Skipped} {consumer.DeadLettered} {consumer.Aborted} {consumer.Undelivered} {consumer.HasReturned}"));
}
