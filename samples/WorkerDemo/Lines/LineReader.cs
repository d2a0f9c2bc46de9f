using Microsoft.Extensions.Logging;
using Streamx;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Puts an event for each line of a file or of standard input. Returns at the end of it, unless it follows.</summary>
internal sealed class LineReader(DemoOptions options, Rehearsal rehearsal, TimeProvider timeProvider, ILogger<LineReader> logger) : IProducer<HostEvent>
{
    /// <inheritdoc/>
    public async Task ProduceAsync(IStreamWriter<HostEvent> stream, CancellationToken stoppingToken)
    {
        var sequence = 0L;
        await foreach (var line in ReadLines(options.Input!).WithCancellation(stoppingToken))
        {
            await rehearsal.BeforeAsync(nameof(LineReader), values: 1, stoppingToken);
            await stream.PutAsync(new HostEvent(++sequence, timeProvider.GetUtcNow(), HostEventKind.Line, options.Input!, line), stoppingToken);
        }
    }

    private IAsyncEnumerable<string> ReadLines(string input)
    {
        if (input == DemoOptions.StandardInput) return InputLines.FromStandardInputAsync();
        return options.Follow
            ? new FileFollower(input, options.FollowInterval, timeProvider, logger).ReadLinesAsync()
            : InputLines.FromFileAsync(input);
    }
}
