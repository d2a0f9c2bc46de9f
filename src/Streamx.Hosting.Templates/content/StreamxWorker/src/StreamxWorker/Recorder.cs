using Streamx.Hosting;

namespace StreamxWorker;

/// <summary>
/// Gets every reading, one at a time. When it throws it is called again, up to three times; then the worker ends with exit code 1.
/// </summary>
public sealed partial class Recorder(ILogger<Recorder> logger) : IConsumer<Reading>
{
    /// <summary>The token is cancelled only when the time for draining is up.</summary>
    public ValueTask ConsumeAsync(Reading reading, CancellationToken abortToken)
    {
        LogReading(reading.Number, reading.Celsius);
        if (reading.Celsius > 30) LogTooHot(reading.Number, reading.Celsius);
        return default;
    }

    [LoggerMessage(1, LogLevel.Information, "Reading {Number}: {Celsius} °C")]
    private partial void LogReading(int number, double celsius);

    [LoggerMessage(2, LogLevel.Warning, "Reading {Number} is too hot: {Celsius} °C")]
    private partial void LogTooHot(int number, double celsius);
}
