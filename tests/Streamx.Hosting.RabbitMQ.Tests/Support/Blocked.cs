namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>Takes values, those that are marked as redelivered with a minus; but goes on from the first only when it is told to.</summary>
/// <param name="taken">What it was given.</param>
/// <param name="inHand">Set once it has the first.</param>
/// <param name="goOn">Waited for then.</param>
internal sealed class Blocked(Taken taken, Signal inHand, Signal goOn) : IConsumer<int>, IBatchConsumer<int>
{
    public ValueTask ConsumeAsync(int value, CancellationToken abortToken) => new(TakeAsync(value, StreamxDelivery.Current!));

    public async ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
    {
        foreach (var (value, delivery) in batch.Zip(StreamxDelivery.CurrentBatch)) await TakeAsync(value, delivery);
    }

    private async Task TakeAsync(int value, StreamxDelivery delivery)
    {
        await taken.Add(delivery.IsRedelivered ? -value : value);
        inHand.Set();
        await goOn.WaitAsync();
    }
}
