using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Shows, every few seconds and at the end, what the events come to. A consumer with a loop of its own.</summary>
internal sealed class Summary(DemoOptions options, Rehearsal rehearsal, Display display, TimeProvider timeProvider) : IStreamConsumer<HostEvent>
{
    /// <inheritdoc/>
    public async Task ConsumeAsync(IAsyncEnumerable<HostEvent> stream, CancellationToken abortToken)
    {
        var board = new SummaryBoard(options.Summary.Rows, timeProvider);
        using var timer = new PeriodicTimer(options.Summary.Interval, timeProvider);
        var showing = ShowAsync(board, timer);
        try
        {
            await foreach (var value in stream)
            {
                await rehearsal.BeforeAsync(nameof(Summary), values: 1, abortToken);
                board.Add(value);
            }
        }
        finally
        {
            // Ends the task: a disposed timer ticks no more.
            timer.Dispose();
            await showing;
            display.Show(board.Format());
        }
    }

    private async Task ShowAsync(SummaryBoard board, PeriodicTimer timer)
    {
        while (await timer.WaitForNextTickAsync(CancellationToken.None)) display.Show(board.Format());
    }
}
