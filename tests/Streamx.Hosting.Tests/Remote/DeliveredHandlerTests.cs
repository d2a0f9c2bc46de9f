namespace Streamx.Hosting.Tests.Remote;

/// <summary>Calls of a handler between processes: allowed by the session of the delivery itself, in whatever order.</summary>
public sealed class DeliveredHandlerTests : IDisposable
{
    private readonly FakeSession _session = new();
    private readonly SessionFence _fence;
    private readonly CancellationTokenSource _abort = new();

    public DeliveredHandlerTests() => _fence = new SessionFence(_session, error => Assert.Fail($"{error}"));

    [Fact]
    public async Task Calls_UnderWayTogether_EachHasItsOwnDelivery()
    {
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        List<(int, long)> seen = [];
        var handler = new DeliveredHandler<int>(new DelegateHandler<int>(async (value, _) =>
        {
            await (value == 10 ? first : second).Task;
            seen.Add((value, StreamxDelivery.Current!.Sequence));
        }), Unexpected);
        var calls = (handler.HandleAsync(Delivery(10, 1), _abort.Token).AsTask(), handler.HandleAsync(Delivery(20, 2), _abort.Token).AsTask());

        second.SetResult();
        await calls.Item2;
        first.SetResult();
        await calls.Item1;

        Assert.Equal([(20, 2), (10, 1)], seen);
        Assert.Null(StreamxDelivery.Current);
    }

    [Fact]
    public async Task Call_AfterTheSessionIsLost_IsNotMade()
    {
        var calls = 0;
        var handler = new DeliveredHandler<int>(new DelegateHandler<int>((_, _) =>
        {
            calls++;
            return default;
        }), Unexpected);
        var (before, after) = (Delivery(10, 1), Delivery(20, 2));
        await handler.HandleAsync(before, _abort.Token);

        _session.Lose();
        await handler.HandleAsync(after, _abort.Token);

        Assert.Equal((1, false, true), (calls, before.WasPassedOver, after.WasPassedOver));
    }

    [Fact]
    public async Task Token_OfEveryCall_IsCancelledWhenValuesAreOverdue_AndWhatGivesUpIsPassedOver()
    {
        List<CancellationToken> tokens = [];
        var handler = new DeliveredHandler<int>(new DelegateHandler<int>(async (value, token) =>
        {
            tokens.Add(token);
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = token.Register(cancelled.SetResult);
            await cancelled.Task;
            // The other one finishes nevertheless.
            if (value == 10) token.ThrowIfCancellationRequested();
        }), Unexpected);
        var (one, other) = (Delivery(10, 1), Delivery(20, 2));
        var calls = (handler.HandleAsync(one, _abort.Token).AsTask(), handler.HandleAsync(other, _abort.Token).AsTask());

        await _fence.OnOverdueAsync();
        await Task.WhenAll(calls.Item1, calls.Item2);

        Assert.Equal(tokens[0], tokens[1]);
        Assert.Equal((true, false), (one.WasPassedOver, other.WasPassedOver));
    }

    [Fact]
    public async Task Batch_AfterTheSessionIsLost_IsPassedOverAsAWhole()
    {
        List<int> handled = [];
        var handler = new DeliveredBatchHandler<int>(new DelegateHandler<StreamBatch<int>>((batch, _) =>
        {
            handled.AddRange(batch);
            Assert.Equal([1, 2], StreamxDelivery.CurrentBatch.Select(delivery => delivery.Sequence));
            return default;
        }), Unexpected);
        Delivery<int>[] deliveries = [Delivery(10, 1), Delivery(20, 2)];
        await handler.HandleAsync(new StreamBatch<Delivery<int>>(deliveries), _abort.Token);

        _session.Lose();
        await handler.HandleAsync(new StreamBatch<Delivery<int>>(deliveries), _abort.Token);

        Assert.Equal([10, 20], handled);
        Assert.All(deliveries, delivery => Assert.True(delivery.WasPassedOver));
    }

    public void Dispose()
    {
        _fence.Dispose();
        _abort.Dispose();
    }

    private static void Unexpected(Exception error, ItemInHand item, string outcome) => Assert.Fail($"{error}");

    private Delivery<int> Delivery(int value, long sequence) => new(value, new TransportDelivery(Epoch: 1, sequence, default), _fence);
}
