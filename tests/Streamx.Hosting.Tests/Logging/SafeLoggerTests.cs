using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Tests.Logging;

public sealed class SafeLoggerTests
{
    [Fact]
    public void Log_SinkThrows_IsSwallowed()
    {
        var sink = new Sink { OnLog = _ => throw new IOException() };
        var logger = new SafeLogger(sink);

        Log.InputEnded(logger, "orders");

        Assert.Equal([null], sink.Errors);
    }

    [Fact]
    public void IsEnabled_SinkThrows_LetsTheMessageThrough()
    {
        var sink = new Sink { OnIsEnabled = () => throw new IOException() };
        var logger = new SafeLogger(sink);

        Log.InputEnded(logger, "orders");

        Assert.Equal([null], sink.Errors);
    }

    [Fact]
    public void Log_ErrorCannotBeRead_IsLoggedByItsType()
    {
        var sink = new Sink { OnLog = error => error?.ToString() };
        var logger = new SafeLogger(sink);

        Log.ProducerFailed(logger, new UnreadableException(), "orders", "feed");

        Assert.Equal(2, sink.Errors.Count);
        Assert.Equal($"A {typeof(UnreadableException)}, whose ToString() throws {typeof(NotSupportedException)}.", sink.Errors[1]?.Message);
    }

    [Fact]
    public void Log_SinkThrowsAtAReadableError_IsNotLoggedAgain()
    {
        var sink = new Sink { OnLog = _ => throw new IOException() };
        var logger = new SafeLogger(sink);

        Log.ProducerFailed(logger, new InvalidOperationException("no ink"), "orders", "feed");

        Assert.Single(sink.Errors);
    }

    [Fact]
    public void Log_Disabled_ReachesNothing()
    {
        var sink = new Sink { OnIsEnabled = () => false };
        var logger = new SafeLogger(sink);
        Log.InputEnded(logger, "orders");
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++) Log.InputEnded(logger, "orders");

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Empty(sink.Errors);
    }

    private sealed class Sink : ILogger
    {
        public Func<bool> OnIsEnabled { get; init; } = () => true;

        public Func<Exception?, string?> OnLog { get; init; } = _ => null;

        public List<Exception?> Errors { get; } = [];

        public bool IsEnabled(LogLevel logLevel) => OnIsEnabled();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Errors.Add(exception);
            OnLog(exception);
        }
    }
}
