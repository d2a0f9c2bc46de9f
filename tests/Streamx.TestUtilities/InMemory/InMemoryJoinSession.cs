using System.Data.Common;
using System.Threading.Channels;

namespace Streamx.TestUtilities.InMemory;

/// <summary>A place in line for the values of a consumer.</summary>
/// <param name="process">The process.</param>
/// <param name="name">The consumer.</param>
internal sealed class InMemoryJoinSession(InMemoryTransport process, string name) : InMemorySession(process), IJoinSession
{
    private readonly Channel<TransportDelivery> _deliveries = Channel.CreateUnbounded<TransportDelivery>();

    /// <summary>What the process has been given and has not finished, as it counts.</summary>
    private readonly HoldTimeLimit _held = new(process.Store.HoldLimit * 0.9, process.Store.Clock, held => new TransportException($"A value has been held for {held}."));

    /// <summary>The same, as the store counts.</summary>
    private readonly HoldTimeLimit _given = new(process.Store.HoldLimit, process.Store.Clock, held => new TransportException($"A value was held for {held}."));

    /// <summary>The waits for what has been reported to be stored, and up to which number.</summary>
    private readonly List<(long Position, TaskCompletionSource Source)> _settling = [];

    /// <summary>Whether the store has said that the values come here.</summary>
    private volatile bool _isActive;

    /// <summary>The number up to which everything has been reported as finished.</summary>
    private long _finished;

    /// <summary>The number up to which that is stored.</summary>
    private long _settled;

    /// <inheritdoc/>
    public ChannelReader<TransportDelivery> Deliveries => _deliveries.Reader;

    /// <inheritdoc/>
    public Task<Exception> WhenOverdue => _held.WhenOverdue;

    /// <inheritdoc/>
    public bool IsActive => _isActive;

    /// <summary>The consumer's name.</summary>
    internal string Name => name;

    /// <summary>The consumer, as the store has it; null while it is not in line.</summary>
    internal StoredConsumer? Consumer { get; set; }

    /// <summary>Whether it has been given the end.</summary>
    internal bool HasEnd { get; private set; }

    /// <inheritdoc/>
    public void Finish(long sequence) => Store.Locked(() =>
    {
        _finished = Math.Max(_finished, sequence);
        _held.Remove((ulong)sequence);
        SendLocked(FaultPoint.Report, () =>
        {
            _given.Remove((ulong)sequence);
            Store.FinishLocked(this, sequence);
        }, _ => SettleLocked(sequence));
    });

    /// <inheritdoc/>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var isSettled = false;
        Store.Locked(() =>
        {
            isSettled = _settled >= _finished;
            if (!isSettled) _settling.Add((_finished, source));
        });
        if (isSettled) return;
        var settled = source.Task.WaitAsync(cancellationToken);
        if (await Task.WhenAny(settled, WhenLost) != settled)
            throw new TransportException($"The session of '{name}' was lost before its last report was stored.");
        await settled;
    }

    /// <inheritdoc/>
    public void FinishAhead(long sequence) => Store.Locked(() => SendLocked(FaultPoint.Report, () => Store.FinishAheadLocked(this, sequence), _ => { }));

    /// <inheritdoc/>
    public Task FinishInAsync(long first, long last, DbTransaction transaction, CancellationToken cancellationToken)
    {
        if (transaction is not InMemoryTransaction own || own.Store != Store) throw new InvalidOperationException("The transaction is of another store.");
        if (own.IsOver) throw new InvalidOperationException("The transaction is over.");
        own.Check(() => InMemoryStore.CheckFenceLocked(this));
        own.Do(() => Store.FinishInLocked(this, first, last));
        return CallAsync(FaultPoint.Report, () => { }).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> HasFinishedInAsync(long first, long last, CancellationToken cancellationToken)
    {
        var isFinished = false;
        await CallAsync(FaultPoint.Report, () => isFinished = Consumer!.HasFinished(first) && Consumer.HasFinished(last)).WaitAsync(cancellationToken);
        return isFinished;
    }

    /// <summary>Registers the consumer and gets in line.</summary>
    /// <param name="position">Where it is moved to before; null for where it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task JoinAsync(long? position, CancellationToken cancellationToken)
    {
        await CallAsync(FaultPoint.Register, () => Store.RegisterLocked([name], Process)).WaitAsync(cancellationToken);
        if (position is { } start) await CallAsync(FaultPoint.Register, () => Store.MoveLocked(name, start)).WaitAsync(cancellationToken);
        _ = CloseWhenOverdueAsync();
        await CallAsync(FaultPoint.Join, () => Store.JoinLocked(this)).WaitAsync(cancellationToken);
    }

    /// <summary>The values come here from now on.</summary>
    internal void ActivateLocked() => PushLocked(FaultPoint.Activate, () => _isActive = true);

    /// <summary>Gives it a value, or the end.</summary>
    internal void GiveLocked(StoredValue stored, bool wasDelivered)
    {
        var value = stored.Value;
        HasEnd |= value.IsEnd;
        var endsBefore = Process.EndsBeforeLocked(stored.StreamId, stored.Ends);
        var delivery = new TransportDelivery(stored.Epoch, value.Sequence, value.Body)
        {
            StreamId = stored.StreamId,
            IsEnd = value.IsEnd,
            LostFrom = stored.LostFrom,
            IsPastEnd = value.IsEnd && (stored.Ends <= endsBefore || Store.Bug == StoreBug.TakesTheEndForPast),
            IsBeyondEnd = !value.IsEnd && (stored.Ends > endsBefore || Store.Bug == StoreBug.TakesValuesForBeyond),
            IsRedelivered = wasDelivered || value.IsRepeated,
            ContentType = value.ContentType,
            TraceParent = value.TraceParent,
        };
        _given.Add((ulong)value.Sequence);
        PushLocked(FaultPoint.Deliver, () =>
        {
            _held.Add((ulong)value.Sequence);
            _deliveries.Writer.TryWrite(delivery);
        });
    }

    /// <inheritdoc/>
    protected override void OnLostLocked()
    {
        _deliveries.Writer.TryComplete();
        _held.Dispose();
        _given.Dispose();
    }

    /// <summary>The store takes back what is held for too long, as a broker does.</summary>
    private async Task CloseWhenOverdueAsync()
    {
        if (await Task.WhenAny(_given.WhenOverdue, WhenLost) == WhenLost) return;
        var why = (await _given.WhenOverdue).Message;
        Store.Locked(() => CloseLocked(why));
    }

    private void SettleLocked(long sequence)
    {
        _settled = Math.Max(_settled, sequence);
        for (var i = _settling.Count - 1; i >= 0; i--)
        {
            if (_settling[i].Position > _settled) continue;
            _settling[i].Source.TrySetResult();
            _settling.RemoveAt(i);
        }
    }
}
