using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>One slot ends the consumer: what becomes of the values that the other slots have in hand.</summary>
public abstract class SlotEndTests(RegistrationOrder order) : HostTests(order)
{
    private readonly HeldCalls _calls = new();

    public sealed class AsWritten() : SlotEndTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : SlotEndTests(RegistrationOrder.Reversed);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OutputAborted_AnotherSlotWaitsToRetry_ItsValueIsAbortedRatherThanSkipped(bool takesLetters)
    {
        var time = new FakeTimeProvider();
        var letters = 0;
        var builder = CreateBuilder(time);
        var input = builder.Services.AddStreamx<int>("a", o => (o.Window, o.DrainTimeout) = (4, TimeSpan.FromSeconds(100)));
        input.AddFeed(3, staysOpen: true).AddStage<int, string>(
            "printer",
            async (value, output, token) =>
            {
                if (value == 3) throw new InvalidOperationException("no ink");
                await output.PutAsync(value.ToString(CultureInfo.InvariantCulture), token);
            },
            o => (o.Concurrency, o.OnFailure, o.Retry) = (2, ConsumerFailure.Skip, PolicyHost.Endless()));
        if (takesLetters) input.AddDeadLetterHandler<ConcurrencyTests.Counting>();
        builder.Services.AddSingleton(new ConcurrencyTests.Counter(() => Interlocked.Increment(ref letters)));
        builder.Services.AddStreamx<string>("b", o => o.DrainTimeout = TimeSpan.FromSeconds(10))
            .AddConsumer("mailer", (_, token) => new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, time, token)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        // The mailer holds 1, 2 waits in its put, and 3 before its retry.
        await Until.TrueAsync(() => host.Status("b").Stream.ValuesWaiting == 1
            && host.Status("a").Consumers[0] is { Retries: 1, ValuesFinished: 1 });

        var stop = host.StopAsync();
        await Until.TrueAsync(() => HostedStreams.Of(host.Services).All().All(stream => stream.DrainDeadline is not null));
        time.Advance(TimeSpan.FromSeconds(10));
        await stop.WithinAsync();

        var report = await host.ReportAsync();
        report.AssertAddsUp();
        var printer = report.Consumer("printer");
        Assert.Equal((1, 0, 0, 2), (printer.Finished, printer.Skipped, printer.DeadLettered, printer.Aborted));
        Assert.Equal(0, letters);
        Assert.DoesNotContain(host.Log(LogLevel.Warning), message => message.Contains("after it had left", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FaultStream_LogTakesLong_NoSlotBeginsAnotherValue()
    {
        var first = new TaskCompletionSource();
        using var log = new HeldLog("failed. In hand");
        var builder = CreateBuilder();
        builder.Logging.AddProvider(log);
        builder.Services.AddStreamx<int>(o => o.Window = 8).AddFeed(10)
            .AddConsumer(
                "slots",
                (value, token) => value == 1 ? new ValueTask(first.Task) : _calls.HandleAsync(value, token),
                o => o.Concurrency = 3);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await _calls.UntilInHandAsync(2, 3);
        await host.UntilConsumerAsync("slots", consumer => consumer.SlotsBusy == 3);

        _calls.Fail(2);
        await log.Reached.WaitAsync();
        // Its slot goes on within this call, as far as it can.
        await Task.Run(first.SetResult).WithinAsync();
        var begun = _calls.Begun;
        log.Release();
        _calls.End(3);
        await host.StopRequestedAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal([2, 3], begun.Order());
        Assert.Equal([2, 3], _calls.Begun.Order());
        var consumer = (await host.ReportAsync()).Consumer("slots");
        Assert.Equal((2, 1), (consumer.Finished, consumer.Aborted));
    }

    [Fact]
    public async Task FaultStream_SlotsWaitForTheSharedHandler_NoneIsCalled()
    {
        var third = new TaskCompletionSource();
        var thirdCalls = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.Window = 4).AddConsumer(
            "slots",
            (value, token) => value == 3 && ++thirdCalls == 1 ? new ValueTask(third.Task) : _calls.HandleAsync(value, token),
            o => (o.Concurrency, o.ScopePerValue, o.OnFailure, o.Restart) = (4, false, ConsumerFailure.Restart, PolicyHost.AtOnce(1)));
        using var host = builder.Build();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await _calls.UntilInHandAsync(1);
        _calls.Fail(1);
        await _calls.UntilBegunAsync(1, times: 2);
        await writer.PutManyAsync(new[] { 2, 3 }).WithinAsync();
        await _calls.UntilInHandAsync(1, 2);
        await host.UntilConsumerAsync("slots", consumer => consumer.SlotsBusy == 3);

        // Its slot goes on within this call, until it waits for the other calls to end.
        await Task.Run(() => third.SetException(new InvalidOperationException("3 failed"))).WithinAsync();
        await writer.PutAsync(4).WithinAsync();
        await host.UntilConsumerAsync("slots", consumer => consumer.SlotsBusy == 4);
        _calls.Fail(1);
        await host.UntilAsync(status => status.Stream.State == StreamState.Faulted);
        _calls.End(2);
        _calls.Open();
        await host.StopRequestedAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal([1, 1, 2], _calls.Begun.Order());
        Assert.Equal(1, thirdCalls);
        var report = await host.ReportAsync();
        report.AssertAddsUp();
        Assert.Equal((1, 3), (report.Consumer("slots").Finished, report.Consumer("slots").Aborted));
        host.AssertFaulted(report, "1 failed");
    }

    /// <summary>A log whose first message with a text does not return until it is released.</summary>
    private sealed class HeldLog(string text) : ILoggerProvider, ILogger
    {
        private readonly ManualResetEventSlim _released = new();

        public Signal Reached { get; } = new();

        public void Release() => _released.Set();

        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!formatter(state, exception).Contains(text, StringComparison.Ordinal)) return;
            Reached.Set();
            Assert.True(_released.Wait(Bounded.Limit));
        }

        public void Dispose() => _released.Dispose();
    }
}
