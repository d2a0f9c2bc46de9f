using Streamx.Tests.Exploration.Scheduling;

namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>Reads in batches.</summary>
internal sealed class BatchConsumer(World world, StreamSubscription<Item> subscription, long subscribeAsked, int maxSize, TimeSpan maxWait)
    : Consumer(world, subscription, SubscriptionMode.Every, subscribeAsked)
{
    private readonly IAsyncEnumerator<ReadOnlyMemory<Item>> _reader = subscription.ReadBatchesAsync(maxSize, maxWait).GetAsyncEnumerator(CancellationToken.None);

    /// <inheritdoc/>
    internal override int Needed => maxWait == TimeSpan.Zero ? 1 : Math.Min(maxSize, World.Stream.Window);

    protected override ValueTask<bool> MoveNextAsync() => _reader.MoveNextAsync();

    protected override void Take()
    {
        var batch = _reader.Current;
        FindingException.Unless(batch.Length >= 1 && batch.Length <= maxSize, $"A batch of {batch.Length} is not between 1 and {maxSize}.");
        foreach (var value in batch.Span) Receive(value);
    }

    protected override ValueTask DisposeReaderAsync() => _reader.DisposeAsync();
}
