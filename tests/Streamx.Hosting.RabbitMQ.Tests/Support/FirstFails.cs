namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>Takes values; but has the first in hand until it is told to go on, and fails then.</summary>
/// <param name="taken">What it was given.</param>
/// <param name="inHand">Set once it has the first.</param>
/// <param name="goOn">Waited for then.</param>
internal sealed class FirstFails(Taken taken, Signal inHand, Signal goOn) : IConsumer<int>, IBatchConsumer<int>, IStreamConsumer<int>
{
    public ValueTask ConsumeAsync(int value, CancellationToken abortToken) => new(TakeAsync(value));

    public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => new(TakeAsync(batch.Span[0]));

    public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
    {
        await foreach (var value in stream.WithCancellation(abortToken)) await TakeAsync(value);
    }

    private async Task TakeAsync(int value)
    {
        await taken.Add(value);
        if (inHand.IsSet) return;
        inHand.Set();
        await goOn.WaitAsync();
        throw new InvalidOperationException("The first fails.");
    }
}
