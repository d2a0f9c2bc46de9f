using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Dashboard.Tests.Support;

/// <summary>Keeps what the page logs.</summary>
internal sealed class MessageLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _messages = [];

    public IReadOnlyList<string> Messages => [.. _messages];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName == Dashboard.Log.Category);

    public void Dispose()
    {
    }

    private sealed class Logger(MessageLog log, bool isKept) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isKept && logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log._messages.Enqueue(formatter(state, exception));
        }
    }
}
