using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>A leader's term, or a place in line for it.</summary>
internal sealed class MemoryLeadSession(MemoryTransport transport) : MemorySession(transport), ILeadSession
{
    private readonly TaskCompletionSource _granted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long StreamId => MemoryStore.StreamId;

    public long Epoch { get; private set; }

    public long PreviousEpoch { get; private set; }

    public bool HasEnded { get; private set; }

    public long? EndsAt { get; private set; }

    public long LowestReceived { get; private set; }

    // Every consumer reads one log: what one has received, all have.
    public long HighestReceived => LowestReceived;

    public ConsumerPositions Positions { get; } = new(TimeProvider.System);

    public ConsumerProcesses Processes { get; } = new(TimeProvider.System);

    internal Task WhenGranted => _granted.Task;

    #region lead session
    public Task BeginAsync(long first) => Call(() => Store.Begin(this, first));

    public Task AppendAsync(TransportValue value) => Call(() => Store.Append(this, value));

    public Task EndAsync(long sequence) => Call(() => Store.DecideEnd(this, sequence));

    public Task ReleaseAsync(bool closed, CancellationToken cancellationToken) => Call(() => Store.Release(this, closed));

    public ValueTask DisposeAsync()
    {
        Store.Leave(this);
        return default;
    }

    // The store throws a TransportException if another session has replaced this one.
    private static Task Call(Action act)
    {
        try
        {
            act();
            return Task.CompletedTask;
        }
        catch (TransportException error)
        {
            return Task.FromException(error);
        }
    }
    #endregion

    internal void Grant(long epoch, long previousEpoch, bool hasEnded, long? endsAt, long head)
    {
        (Epoch, PreviousEpoch, HasEnded, EndsAt, LowestReceived) = (epoch, previousEpoch, hasEnded, endsAt, head);
        _granted.TrySetResult();
    }
}
