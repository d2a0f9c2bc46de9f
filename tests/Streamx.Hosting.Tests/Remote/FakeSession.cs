using System.Data.Common;
using System.Threading.Channels;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>A session that is lost when the test says so, and remembers what was reported.</summary>
internal sealed class FakeSession : IJoinSession
{
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<long> Finished { get; } = [];

    public bool IsHeld => !_lost.Task.IsCompleted;

    public Task<Exception> WhenLost => _lost.Task;

    public ChannelReader<TransportDelivery> Deliveries => throw new InvalidOperationException();

    public bool IsActive => throw new InvalidOperationException();

    public void Lose() => _lost.SetResult(new TransportException("It is lost."));

    public void Finish(long sequence) => Finished.Add(sequence);

    /// <summary>What it answers when it is asked whether a transaction has committed.</summary>
    public Func<Task<bool>>? HasFinished { get; set; }

    public Action<long, long>? OnFinishIn { get; set; }

    public Task FinishInAsync(long first, long last, DbTransaction transaction, CancellationToken cancellationToken)
    {
        OnFinishIn?.Invoke(first, last);
        return Task.CompletedTask;
    }

    public Task<bool> HasFinishedInAsync(long first, long last, CancellationToken cancellationToken) => HasFinished!().WaitAsync(cancellationToken);

    public Task SettleAsync(CancellationToken cancellationToken) => throw new InvalidOperationException();

    public ValueTask DisposeAsync() => default;
}
