using System.Threading.Channels;

namespace Streamx.Hosting.Tests.Logging;

/// <summary>A session that lasts until it is disposed of: for putting, or with one value to consume.</summary>
internal sealed class StubSession : ILeadSession, IJoinSession
{
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<TransportDelivery> _deliveries = Channel.CreateUnbounded<TransportDelivery>();

    public StubSession(bool isLost = false)
        : this(new TransportDelivery(1, 1, new byte[] { 1 }))
    {
        if (isLost) _lost.SetResult(new TransportException("The network is gone."));
    }

    public StubSession(TransportDelivery delivery) => _deliveries.Writer.TryWrite(delivery);

    public bool HasEnded { get; init; }

    public long Epoch => 1;

    public long StreamId => 1;

    public long PreviousEpoch { get; init; }

    public long LowestReceived => 0;

    public long HighestReceived { get; init; }

    public ConsumerPositions Positions { get; } = new(TimeProvider.System);

    public ConsumerProcesses Processes { get; } = new(TimeProvider.System);

    public ChannelReader<TransportDelivery> Deliveries => _deliveries.Reader;

    public bool IsHeld => true;

    public bool IsActive => true;

    public Task<Exception> WhenLost => _lost.Task;

    public Task<Exception> WhenOverdue { get; init; } = new TaskCompletionSource<Exception>().Task;

    public Task BeginAsync(long first) => Task.CompletedTask;

    public Task AppendAsync(TransportValue value) => Task.CompletedTask;

    public long? EndsAt => null;

    public Task EndAsync(long sequence) => Task.CompletedTask;

    public Task ReleaseAsync(bool closed, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Finish(long sequence)
    {
    }

    public Task SettleAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _lost.TrySetResult(new TransportException("It has been given up."));
        return default;
    }
}
