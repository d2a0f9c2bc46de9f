using Microsoft.Extensions.Options;
using Streamx;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Writes every event down, one transaction a batch: what it has finished is committed.</summary>
/// <remarks>
/// Where the stream is in the same file, the transaction finishes the batch as well: each event is there once, whatever is killed.
/// </remarks>
internal sealed class Journal(JournalDatabase database, SlowDown slow, IOptions<DemoOptions> options) : IBatchConsumer<HostEvent>
{
    /// <inheritdoc/>
    public async ValueTask ConsumeAsync(StreamBatch<HostEvent> batch, CancellationToken abortToken)
    {
        await slow.WaitAsync(nameof(Journal), batch.Count, abortToken);
        await database.AppendAsync(
            batch.Memory,
            options.Value.Durable is null ? null : transaction => StreamxDelivery.FinishCurrentInAsync(transaction, abortToken));
    }
}
