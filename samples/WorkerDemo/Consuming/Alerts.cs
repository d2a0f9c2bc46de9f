using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Warns of processes that use much CPU and of lines that match a pattern, a few times a minute at most.</summary>
/// <remarks>Remembers things from value to value, so it is registered with one instance for the run.</remarks>
internal sealed class Alerts(IOptions<DemoOptions> options, SlowDown slow, TimeProvider timeProvider, ILogger<Alerts> logger) : IConsumer<HostEvent>, IDisposable
{
    /// <summary>How long matching one line may take: a bad pattern must not hold up the stream.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(100);

    private readonly Regex _pattern = new(options.Value.AlertPattern, RegexOptions.CultureInvariant | RegexOptions.Compiled, s_timeout);

    /// <summary>The processes that use much CPU: each is told once, until it uses less.</summary>
    private readonly HashSet<int> _busy = [];

    /// <summary>When the minute began, how many warnings were logged in it, and how many not since the last that was.</summary>
    private (long Began, int Logged, long Suppressed) _minute = (timeProvider.GetTimestamp(), 0, 0);

    /// <inheritdoc/>
    public async ValueTask ConsumeAsync(HostEvent value, CancellationToken abortToken)
    {
        await slow.WaitAsync(nameof(Alerts), 1, abortToken);
        if (Check(value) is not var (rule, text)) return;
        if (timeProvider.GetElapsedTime(_minute.Began) >= TimeSpan.FromMinutes(1)) _minute = (timeProvider.GetTimestamp(), 0, _minute.Suppressed);
        if (_minute.Logged >= options.Value.AlertsPerMinute)
        {
            _minute.Suppressed++;
            return;
        }

        Dispose();
        _minute = (_minute.Began, _minute.Logged + 1, 0);
        Log.Alert(logger, rule, text);
    }

    /// <summary>Says how many were not logged.</summary>
    public void Dispose()
    {
        if (_minute.Suppressed > 0) Log.AlertsSuppressed(logger, _minute.Suppressed);
    }

    /// <summary>The rule that an event breaks, and how; null when it breaks none.</summary>
    private (string Rule, string Text)? Check(HostEvent value)
    {
        if (value.Kind == HostEventKind.Line) return CheckLine(value);
        if (value.Pid is not { } pid) return null;
        var isBusy = value.Kind != HostEventKind.Exited && value.Cpu >= options.Value.AlertCpuPercent;
        if (!isBusy) _busy.Remove(pid);
        return isBusy && _busy.Add(pid) ? ("HighCpu", string.Create(CultureInfo.InvariantCulture, $"{value.Source} ({pid}) uses {value.Cpu:F0} % of a core")) : null;
    }

    private (string Rule, string Text)? CheckLine(HostEvent value)
    {
        try
        {
            return _pattern.IsMatch(value.Message) ? ("LineMatch", $"line {value.Sequence}: {value.Message}") : null;
        }
        catch (RegexMatchTimeoutException)
        {
            return ("PatternTimeout", $"line {value.Sequence}: the pattern took longer than {s_timeout}");
        }
    }
}
