namespace Streamx.Tests.Model;

/// <summary>One subscription of a real stream, read by value or, with a batch size above zero, by batch.</summary>
internal sealed class RealReader : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly IAsyncEnumerator<string>? _values;
    private readonly IAsyncEnumerator<StreamBatch<string>>? _batches;

    internal RealReader(StreamSubscription<string> subscription, int batchSize)
    {
        Subscription = subscription;
        if (batchSize == 0) _values = subscription.GetAsyncEnumerator(_cancellation.Token);
        else _batches = subscription.ReadBatchesAsync(batchSize, TimeSpan.Zero, _cancellation.Token).GetAsyncEnumerator();
    }

    internal StreamSubscription<string> Subscription { get; }

    internal RealOperation Read(string name)
    {
        var read = _values?.MoveNextAsync() ?? _batches!.MoveNextAsync();
        return new RealOperation(name, () => read.IsCompleted, async () => await read ? Outcome.Took(Current()) : Outcome.False);
    }

    internal void Leave(Leaving how)
    {
        var left = ValueTask.CompletedTask;
        if (how == Leaving.DisposeSubscription) left = Subscription.DisposeAsync();
        else if (how == Leaving.DisposeReader) left = _values?.DisposeAsync() ?? _batches!.DisposeAsync();
        else _cancellation.Cancel();
        Assert.True(left.IsCompletedSuccessfully);
    }

    public void Dispose() => _cancellation.Dispose();

    private string[] Current() => _values is null ? _batches!.Current.ToArray() : [_values.Current];
}
