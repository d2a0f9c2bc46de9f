using System.Buffers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Warns of processes that use much CPU and of lines that speak of errors, a few times a minute at most.</summary>
/// <remarks>
/// Remembers things from value to value, so it is registered with one instance for the run. With <c>Concurrency</c> its slots share that
/// instance, so it is thread-safe: the slow part is outside of the lock.
/// </remarks>
internal sealed class Alerts(IOptions<DemoOptions> options, SlowDown slow, TimeProvider timeProvider, ILogger<Alerts> logger)
    : IConsumer<HostEvent>, IDisposable
{
    /// <summary>What an alarming line contains.</summary>
    private static readonly SearchValues<string> s_words =
        SearchValues.Create(["error", "fatal", "panic", "exception"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>The processes that use much CPU: each is told once, until it uses less.</summary>
    private readonly HashSet<int> _busy = [];

    /// <summary>When the minute began, how many warnings were logged in it, and how many have been suppressed since the last one.</summary>
    private (long Began, int Logged, long Suppressed) _minute = (timeProvider.GetTimestamp(), 0, 0);

    /// <inheritdoc/>
    public async ValueTask ConsumeAsync(HostEvent value, CancellationToken abortToken)
    {
        await slow.WaitAsync(nameof(Alerts), 1, abortToken);
        lock (_lock) Warn(value);
    }

    /// <inheritdoc/>
    public void Dispose() => LogSuppressed();

    private void Warn(HostEvent value)
    {
        if (Check(value) is not { } alert) return;
        if (timeProvider.GetElapsedTime(_minute.Began).TotalMinutes >= 1) _minute = (timeProvider.GetTimestamp(), 0, _minute.Suppressed);
        if (_minute.Logged >= options.Value.AlertsPerMinute)
        {
            _minute.Suppressed++;
            return;
        }

        LogSuppressed();
        _minute = (_minute.Began, _minute.Logged + 1, 0);
        Log.Alert(logger, alert);
    }

    /// <summary>What is alarming about an event; null when nothing is.</summary>
    private string? Check(HostEvent value)
    {
        if (value.Pid is not { } pid) return value.Message.AsSpan().ContainsAny(s_words) ? $"line {value.Sequence}: {value.Message}" : null;
        var isBusy = value.Kind != HostEventKind.Exited && value.Cpu >= options.Value.AlertCpuPercent;
        if (!isBusy) _busy.Remove(pid);
        return isBusy && _busy.Add(pid) ? $"{value.Source} ({pid}) uses {value.Cpu:F0} % of a core" : null;
    }

    private void LogSuppressed()
    {
        if (_minute.Suppressed > 0) Log.AlertsSuppressed(logger, _minute.Suppressed);
    }
}
