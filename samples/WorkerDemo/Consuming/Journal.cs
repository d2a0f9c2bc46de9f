using Streamx;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Writes every event down, one transaction a batch: what it has finished is committed.</summary>
internal sealed class Journal(JournalDatabase database, SlowDown slow) : IBatchConsumer<HostEvent>
{
    /// <inheritdoc/>
    public async ValueTask ConsumeAsync(StreamBatch<HostEvent> batch, CancellationToken abortToken)
    {
        await slow.WaitAsync(nameof(Journal), batch.Count, abortToken);
        // SQLite is a library, not a server: its calls take their time on this thread, whatever they are called.
        database.Append(batch.Span);
    }
}
