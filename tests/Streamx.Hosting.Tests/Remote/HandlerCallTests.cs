using Streamx.TestUtilities.Backends;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>What becomes of a value whose handler has finished it in a transaction, by what the engine says of that.</summary>
public sealed class HandlerCallTests : IDisposable
{
    private readonly FakeSession _session = new();
    private readonly SessionFence _fence;
    private readonly CancellationTokenSource _abort = new();
    private readonly List<string> _failed = [];

    public HandlerCallTests() => _fence = new SessionFence(_session, error => Assert.Fail($"{error}"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Outcome_NotKnownSinceTheSessionIsLost_IsPassedOver(bool throws)
    {
        _session.HasFinished = () =>
        {
            _session.Lose();
            throw new TransportException("The file is gone.");
        };
        var delivery = Delivery(1);

        await Handler(throws).HandleAsync(delivery, _abort.Token).AsTask().WithinAsync();

        Assert.True(delivery.WasPassedOver);
        Assert.Equal(throws ? 1 : 0, _failed.Count(outcome => outcome.Contains("delivered again if the transaction has not committed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Outcome_NotKnownWhileTheSessionLasts_WaitsForItsEnd()
    {
        _session.HasFinished = () => throw new TransportException("The connection broke.");
        var delivery = Delivery(1);

        var call = Handler(throws: false).HandleAsync(delivery, _abort.Token).AsTask();
        Assert.False(call.IsCompleted);
        _session.Lose();
        await call.WithinAsync();

        Assert.True(delivery.WasPassedOver);
    }

    [Fact]
    public async Task Outcome_NotKnownAtAnAbort_IsTheHandlersFailure()
    {
        _session.HasFinished = () => new TaskCompletionSource<bool>().Task;
        var call = Handler(throws: true).HandleAsync(Delivery(1), _abort.Token).AsTask();

        await _abort.CancelAsync();

        await Assert.ThrowsAsync<IOException>(() => call.WithinAsync());
        Assert.Empty(_failed);
    }

    [Fact]
    public async Task Outcome_NotCommittedAndOverdue_IsPassedOver()
    {
        _session.HasFinished = () => Task.FromResult(false);
        await _fence.OnOverdueAsync();
        var delivery = Delivery(1);

        await Handler(throws: true).HandleAsync(delivery, _abort.Token).AsTask().WithinAsync();

        Assert.True(delivery.WasPassedOver);
    }

    [Fact]
    public async Task Batch_OfValuesThatStandApart_IsFinishedByRange()
    {
        List<(long, long)> asked = [];
        _session.OnFinishIn = (first, last) => asked.Add((first, last));
        _session.HasFinished = () => Task.FromResult(true);
        var handler = new DeliveredBatchHandler<int>(new DelegateHandler<StreamBatch<int>>(async (_, token) => await FinishAsync(token)), OnFailed);

        await handler.HandleAsync(new StreamBatch<Delivery<int>>(new[] { Delivery(2), Delivery(3), Delivery(5), Delivery(8), Delivery(9) }), _abort.Token).AsTask().WithinAsync();

        Assert.Equal([(2, 3), (5, 5), (8, 9)], asked);
    }

    public void Dispose()
    {
        _fence.Dispose();
        _abort.Dispose();
    }

    private static async Task FinishAsync(CancellationToken token)
    {
        using var transaction = new ForeignTransaction();
        await StreamxDelivery.FinishCurrentInAsync(transaction, token);
    }

    private DeliveredHandler<int> Handler(bool throws) => new(
        new DelegateHandler<int>(async (_, token) =>
        {
            await FinishAsync(token);
            if (throws) throw new IOException("After the call.");
        }),
        OnFailed);

    private void OnFailed(Exception error, ItemInHand item, string outcome) => _failed.Add(outcome);

    private Delivery<int> Delivery(long sequence) => new((int)sequence, new TransportDelivery(Epoch: 1, sequence, default), _fence);
}
