namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>Reads value by value.</summary>
internal sealed class ValueConsumer(World world, StreamSubscription<Item> subscription, SubscriptionMode mode, long subscribeAsked, CancellationToken token)
    : Consumer(world, subscription, mode, subscribeAsked)
{
    private readonly IAsyncEnumerator<Item> _reader = subscription.GetAsyncEnumerator(token);

    protected override ValueTask<bool> MoveNextAsync() => _reader.MoveNextAsync();

    protected override void Take() => Receive(_reader.Current);

    protected override ValueTask DisposeReaderAsync() => _reader.DisposeAsync();
}
