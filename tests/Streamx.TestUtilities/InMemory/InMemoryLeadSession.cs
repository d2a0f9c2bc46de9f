namespace Streamx.TestUtilities.InMemory;

/// <summary>The right to append to the stream of a store, or a place in line for it.</summary>
internal sealed class InMemoryLeadSession(InMemoryTransport process) : InMemorySession(process), ILeadSession
{
    private readonly TaskCompletionSource _granted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public long Epoch { get; private set; }

    /// <inheritdoc/>
    public long PreviousEpoch { get; private set; }

    /// <inheritdoc/>
    public long StreamId { get; private set; }

    /// <inheritdoc/>
    public bool HasEnded { get; private set; }

    /// <inheritdoc/>
    public long? EndsAt { get; private set; }

    /// <inheritdoc/>
    public long LowestReceived { get; private set; }

    /// <inheritdoc/>
    public long HighestReceived { get; private set; }

    /// <inheritdoc/>
    public ConsumerPositions Positions { get; } = new(process.Store.Clock);

    /// <inheritdoc/>
    public ConsumerProcesses Processes { get; } = new(process.Store.Clock);

    /// <summary>Whether it leads, as the store knows.</summary>
    internal bool HasBeenGranted { get; private set; }

    /// <inheritdoc/>
    public long DurableHead { get; private set; }

    /// <inheritdoc/>
    public async Task<string?> ReadBookmarkAsync(string producer, CancellationToken cancellationToken)
    {
        string? bookmark = null;
        await CallAsync(FaultPoint.Begin, () => bookmark = Store.BookmarkLocked(producer)).WaitAsync(cancellationToken);
        return bookmark;
    }

    /// <inheritdoc/>
    public Task BeginAsync(long first) => CallAsync(FaultPoint.Begin, () => Store.BeginLocked(this, first));

    /// <inheritdoc/>
    public Task AppendAsync(TransportValue value) =>
        CallAsync(FaultPoint.Append, () => Store.AppendLocked(this, value), () => Store.AppendLocked(this, value, Store.SomeLocked()));

    /// <inheritdoc/>
    public Task EndAsync(long sequence) => CallAsync(FaultPoint.End, () => Store.EndLocked(sequence));

    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<TransportValue> values) => CallAsync(
        FaultPoint.Append,
        () =>
        {
            // A value that is lost with a consumer's session may end this one, whose process is told of that: no more is appended then.
            foreach (var value in Spoiled(values).TakeWhile(_ => IsOpen)) Store.AppendLocked(this, value);
        },
        () =>
        {
            // The first of them reach every consumer, the next some, and the rest none.
            for (var i = 0; i <= values.Count / 2; i++) Store.AppendLocked(this, values[i], i < values.Count / 2 ? int.MaxValue : Store.SomeLocked());
        });

    /// <inheritdoc/>
    public async Task ReleaseAsync(bool closed, CancellationToken cancellationToken)
    {
        // As with a broker, to hand over is to end the connection: one that is lost does not say so.
        if (closed || !WhenLost.IsCompleted) await CallAsync(FaultPoint.Release, () => Store.ReleaseLocked(this, closed)).WaitAsync(cancellationToken);
        await DisposeAsync();
    }

    /// <summary>Waits until it leads.</summary>
    internal async Task LeadAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        await CallAsync(FaultPoint.Register, () => Store.RegisterLocked(names, Process)).WaitAsync(cancellationToken);
        var isFirst = false;
        await CallAsync(FaultPoint.Lead, () => isFirst = Store.LeadLocked(this)).WaitAsync(cancellationToken);
        if (!isFirst) Process.StandBy();
        if (await Task.WhenAny(_granted.Task, WhenLost).WaitAsync(cancellationToken) != _granted.Task)
        {
            var error = await WhenLost;
            throw new TransportException(error.Message, error);
        }

        // A store that has forgotten the stream is told of the consumers that are known here.
        if (Process.NoteStream(StreamId))
            await CallAsync(FaultPoint.Register, () => Store.RegisterLocked(Process.Consumers, Process)).WaitAsync(cancellationToken);
        Process.NoteConsumers(Positions.Snapshot().Keys);
    }

    /// <summary>It leads from now on.</summary>
    internal void GrantLocked(long streamId, long epoch, long previousEpoch, long lowest, long highest, (int Count, long? Number) ends, StoredConsumer[] consumers)
    {
        HasBeenGranted = true;
        // What comes from it now belongs to this epoch, also before it has heard of it.
        (StreamId, Epoch) = (streamId, epoch);
        DurableHead = Store.DurableHeadLocked;
        (string Name, long Position)[] positions =
            [.. consumers.Select(consumer => (consumer.Name, consumer.Received is null ? ConsumerPositions.Unknown : consumer.Position))];
        PushLocked(FaultPoint.Grant, () =>
        {
            (PreviousEpoch, LowestReceived, HighestReceived) = (previousEpoch, lowest, highest);
            (HasEnded, EndsAt) = (ends.Count > Process.EndsBeforeLocked(streamId, ends.Count), ends.Number);
            foreach (var (name, position) in positions)
            {
                Positions.Add(name);
                Positions.Report(name, position);
            }

            _granted.TrySetResult();
        });
    }

    /// <summary>Tells it of a consumer that has been registered, and where it begins; null while that is not known.</summary>
    internal void TellRegisteredLocked(string consumer, long? position)
    {
        TellLocked(() => Positions.Add(consumer));
        if (position is { } known) TellLocked(() => Positions.Report(consumer, known));
    }

    /// <summary>Tells it of a consumer that has been retired.</summary>
    internal void TellRetiredLocked(string consumer) => TellLocked(() =>
    {
        Positions.Remove(consumer);
        Processes.Remove(consumer);
    });

    /// <summary>Tells it how far a consumer is.</summary>
    internal void TellPositionLocked(StoredConsumer consumer, long position) => TellLocked(() => Positions.Report(consumer.Name, position));

    /// <summary>Tells it where a consumer runs.</summary>
    internal void TellProcessesLocked(StoredConsumer consumer)
    {
        string?[] joined = [.. consumer.Line.Select(session => session.Process.Instance)];
        TellLocked(() => Processes.Set(consumer.Name, joined));
    }

    /// <summary>The values of one append as the store takes them, which has a <see cref="InMemoryStore.Bug"/>.</summary>
    private IEnumerable<TransportValue> Spoiled(IReadOnlyList<TransportValue> values) => Store.Bug switch
    {
        StoreBug.ReversesMany => values.Select((value, index) => value with { Body = values[values.Count - 1 - index].Body }),
        StoreBug.RepeatsTheFirstOfMany => values.Select(value => value with { Body = values[0].Body }),
        StoreBug.DropsTheRestOfMany => values.Take(values.Count - 1),
        _ => values,
    };

    private void TellLocked(Action arrive) => PushLocked(FaultPoint.Tell, arrive);
}
