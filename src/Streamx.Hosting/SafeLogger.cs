using Microsoft.Extensions.Logging;

namespace Streamx.Hosting;

/// <summary>A logger that never throws: a failing log sink must not affect streams.</summary>
/// <remarks>
/// Every logger of the package is one, so that no caller has to protect itself. A message that a sink refuses is lost to that sink, with
/// one exception: an error whose own text cannot be read would be lost to all sinks that format it, so it is logged again by its type.
/// </remarks>
/// <param name="logger">Where the messages go.</param>
internal sealed class SafeLogger(ILogger logger) : ILogger
{
    /// <summary>A logger of the factory's that never throws.</summary>
    internal static ILogger Create(ILoggerFactory factory, string category) => new SafeLogger(factory.CreateLogger(category));

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return logger.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            // One provider has thrown: the message may still reach the others.
            return true;
        }
    }

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (TryLog(logLevel, eventId, state, exception, formatter)) return;
        if (exception is not null && Describe(exception) is { } description) TryLog(logLevel, eventId, state, description, formatter);
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    private bool TryLog<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            logger.Log(logLevel, eventId, state, exception, formatter);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <summary>An error that states the type of another whose own text cannot be read; null when it can be read.</summary>
    private static InvalidOperationException? Describe(Exception exception)
    {
        try
        {
            _ = exception.ToString();
            return null;
        }
        catch (Exception error)
        {
            return new InvalidOperationException($"A {exception.GetType()}, whose ToString() throws {error.GetType()}.");
        }
    }
}
