using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Logs, every few seconds and at the end, what the events come to. A consumer with a loop of its own.</summary>
internal sealed class Summary(
    IOptions<DemoOptions> options, SlowDown slow, TimeProvider timeProvider, LiveScreen screen, ILogger<Summary> logger)
    : IStreamConsumer<HostEvent>
{
    /// <summary>Guards what follows: the loop adds while the timer shows.</summary>
    private readonly Lock _lock = new();

    /// <summary>What was last seen of each process that has not ended.</summary>
    private readonly Dictionary<int, HostEvent> _processes = [];

    /// <summary>The newest event.</summary>
    private HostEvent? _last;

    /// <summary>How many events there have been.</summary>
    private long _count;

    /// <inheritdoc/>
    public async Task ConsumeAsync(IAsyncEnumerable<HostEvent> stream, CancellationToken abortToken)
    {
        var interval = TimeSpan.FromSeconds(options.Value.SummarySeconds);
        await using var timer = timeProvider.CreateTimer(_ => Show(), null, interval, interval);
        try
        {
            await foreach (var value in stream)
            {
                await slow.WaitAsync(nameof(Summary), 1, abortToken);
                Add(value);
            }
        }
        finally
        {
            Show();
        }
    }

    private void Add(HostEvent value)
    {
        screen.Show(value);
        lock (_lock)
        {
            _count++;
            _last = value;
            if (value.Pid is not { } pid) return;
            if (value.Kind == HostEventKind.Exited) _processes.Remove(pid);
            else _processes[pid] = value;
        }
    }

    private void Show()
    {
        lock (_lock)
        {
            if (_last is { Kind: HostEventKind.Line } line) Log.Lines(logger, _count, string.Concat(line.Message.Take(100)));
            if (_processes.Count == 0) return;
            var busiest = _processes.Values.OrderByDescending(process => (process.Cpu ?? 0, process.Memory)).Take(3)
                .Select(process => $"{process.Source} ({process.Pid}) {process.Message}");
            Log.Processes(logger, _count, _processes.Count, string.Join("; ", busiest));
        }
    }
}
