using System.Collections.Concurrent;

namespace Streamx.TestUtilities.Backends;

/// <summary>
/// Finishes its batches in transactions. Some fail once before the commit, and some each time after it, by the first value.
/// </summary>
/// <param name="effects">Its effects.</param>
internal sealed class FinishingBatches(IEffects effects) : IBatchConsumer<int>
{
    private static readonly ConcurrentDictionary<(IEffects, int), bool> s_failed = new();

    public async ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
    {
        using var transaction = effects.Begin();
        foreach (var value in batch) effects.Add(transaction, value);
        await StreamxDelivery.FinishCurrentInAsync(transaction, abortToken);
        if (batch[0] % 3 == 0 && s_failed.TryAdd((effects, batch[0]), true))
        {
            await transaction.RollbackAsync(abortToken);
            throw new IOException("Not committed.");
        }

        await transaction.CommitAsync(abortToken);
        if (batch[0] % 3 == 1) throw new IOException("Committed.");
    }
}
