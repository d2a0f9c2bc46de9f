using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Tests.Logging;

/// <summary>A log sink that notes the events of the package and their messages, and throws at one of them.</summary>
internal sealed class EventSink(int? throwsAt) : ILoggerProvider, ILogger
{
    private readonly ConcurrentDictionary<int, string> _events = new();

    public bool Has(int eventId) => _events.ContainsKey(eventId);

    /// <summary>The last message of an event.</summary>
    public string TextOf(int eventId) => _events[eventId];

    public ILogger CreateLogger(string categoryName) => categoryName == "Streamx.Hosting" ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _events[eventId.Id] = formatter(state, exception);
        if (eventId.Id == throwsAt) throw new IOException("The disk of the log is full.");
    }

    public void Dispose()
    {
    }
}
