namespace Streamx.TestUtilities.Backends;

/// <summary>A loop that tries to finish its values in transactions, which it cannot.</summary>
/// <param name="effects">Begins them.</param>
internal sealed class FinishingLoop(IEffects effects) : IStreamConsumer<int>
{
    public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
    {
        await foreach (var _ in stream.WithCancellation(abortToken))
        {
            using var transaction = effects.Begin();
            await Assert.ThrowsAsync<InvalidOperationException>(() => StreamxDelivery.FinishCurrentInAsync(transaction, abortToken));
        }
    }
}
