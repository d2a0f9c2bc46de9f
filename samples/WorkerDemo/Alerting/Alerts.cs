using Microsoft.Extensions.Logging;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Warns of events that a rule finds alarming, at most so often a minute for each rule.</summary>
/// <remarks>Keeps what the rules remember from value to value, so it is registered with one instance for the run.</remarks>
internal sealed class Alerts(DemoOptions options, Rehearsal rehearsal, TimeProvider timeProvider, ILogger<Alerts> logger) : IConsumer<HostEvent>, IDisposable
{
    /// <summary>The rules.</summary>
    private readonly AlertRules _rules = new(options.Alerts);

    /// <summary>How much of it is logged.</summary>
    private readonly AlertLimit _limit = new(options.Alerts.PerMinute, timeProvider);

    /// <inheritdoc/>
    public ValueTask ConsumeAsync(HostEvent value, CancellationToken abortToken)
    {
        var before = rehearsal.BeforeAsync(nameof(Alerts), values: 1, abortToken);
        if (!before.IsCompletedSuccessfully) return ConsumeAfterAsync(before, value);
        Consume(value);
        return default;
    }

    /// <summary>Says what was not logged. Called at the end of the run.</summary>
    public void Dispose()
    {
        foreach (var rule in Enum.GetValues<AlertRule>())
        {
            if (_limit.TakeSuppressed(rule) is var count and > 0) Log.AlertsSuppressed(logger, rule, count);
        }
    }

    private async ValueTask ConsumeAfterAsync(ValueTask before, HostEvent value)
    {
        await before;
        Consume(value);
    }

    private void Consume(HostEvent value)
    {
        if (_rules.Check(value) is not { } alert || !_limit.TryTake(alert.Rule)) return;
        if (_limit.TakeSuppressed(alert.Rule) is var count and > 0) Log.AlertsSuppressed(logger, alert.Rule, count);
        Log.Alert(logger, alert.Rule, alert.Text);
    }
}
