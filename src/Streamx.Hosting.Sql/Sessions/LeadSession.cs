namespace Streamx.Hosting.Sql.Sessions;

/// <summary>A leader's term, or a place in line for it.</summary>
internal sealed partial class LeadSession : SqlSession, ILeadSession
{
    private readonly TaskCompletionSource _granted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many ends have been decided. For the store's thread.</summary>
    private long _ends;

    private int _isDisposed;

    internal LeadSession(SqlTransport transport, SqlStore store)
        : base(transport, store) =>
        (Positions, Processes) = (new ConsumerPositions(transport.Clock), new ConsumerProcesses(transport.Clock));

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
    /// <remarks>What is in the store is there for every consumer.</remarks>
    public long LowestReceived => DurableHead;

    /// <inheritdoc/>
    public long HighestReceived { get; private set; }

    /// <inheritdoc/>
    public long DurableHead { get; private set; }

    /// <inheritdoc/>
    public ConsumerPositions Positions { get; }

    /// <inheritdoc/>
    public ConsumerProcesses Processes { get; }

    /// <summary>Ends when it leads.</summary>
    internal Task WhenGranted => _granted.Task;

    /// <inheritdoc/>
    /// <remarks>What another leader stores later does not count: this session appends nothing then.</remarks>
    public Task<string?> ReadBookmarkAsync(string producer, CancellationToken cancellationToken) =>
        Store.ReadAsync(database => BookmarkRows.Find(database, StreamId, producer), cancellationToken);

    /// <inheritdoc/>
    public Task BeginAsync(long first) => CallAsync(
        (database, row) =>
        {
            database.Execute("update streamx_streams set begun_epoch = ?, end_sequence = null where id = ?", Epoch, row.Id);
            return row.SkipTo(database, first - 1, Epoch, Transport.WallNow);
        },
        (StoredValue? gap) =>
        {
            State!.EndSequence = null;
            if (gap is not null) Give(gap);
            State.IsStale = true;
        });

    /// <inheritdoc/>
    public Task EndAsync(long sequence) => CallAsync(
        (database, row) => database.Execute("update streamx_streams set ends = ends + 1, ends_at = ? where id = ?", sequence, row.Id),
        _ => _ends++);

    /// <inheritdoc/>
    public async Task ReleaseAsync(bool closed, CancellationToken cancellationToken)
    {
        var released = CallAsync(
            (database, row) =>
            {
                if (closed) database.Execute("update streamx_streams set ends_at = null where id = ?", row.Id);
                return LeaveIn(database, row.Id);
            },
            _ => Lose(new TransportException("The lead has been handed over.")));
        await released.WaitAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        Lose(new TransportException("The session has been given up."));
        await Store.LeaveAsync(this, database => LeaveIn(database, State!.Id)).ConfigureAwait(false);
    }

    /// <summary>Registers consumers and gets in line.</summary>
    /// <param name="names">The consumers.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task EnterAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var entering = EnterAsync(names);
        Entering = entering;
        return entering.WaitAsync(cancellationToken);
    }

    private Task<int> EnterAsync(IReadOnlyCollection<string> names) => Store.CallAsync(
        transaction =>
        {
            var row = StreamEntry.Ensure(transaction.Database, Transport);
            ConsumerRows.Register(transaction.Database, row, names, StartFrom.Now, Transport.WallNow);
            var id = SessionLine.Enter(transaction, row.Id, consumer: null, Transport.Instance);
            return (Row: row, Id: id, OnTaken: TryTakeOver(transaction, row, id));
        },
        result =>
        {
            Id = result.Id;
            State = Store.StateOf(result.Row);
            State.Leads.Add(this);
            StreamEntry.Meet(Transport, Store, result.Row);
            result.OnTaken?.Invoke();
        },
        _ => 0,
        CancellationToken.None);

    /// <inheritdoc/>
    internal override bool MayTakeOver(SqlTransaction view) =>
        StreamRow.Find(view.Database, State!.Id) is { } row && SessionLine.MayTakeOver(view, row.Id, consumer: null, row.Leader, Id);

    /// <inheritdoc/>
    internal override Action? TryTakeOver(SqlTransaction transaction) =>
        StreamRow.Find(transaction.Database, State!.Id) is { } row ? TryTakeOver(transaction, row, Id) : null;

    /// <summary>Reads which session leads, and where each consumer runs.</summary>
    internal void Refresh(Database database, SqlProcesses processes, StreamRow row)
    {
        if (!IsHolder || IsOver) return;
        if (row.Leader != Id)
        {
            Lose(Replaced("the lead"));
            return;
        }

        LeaderView.Read(database, processes, row.Id, Positions, Processes);
        Transport.Memory.SetConsumers(Positions.Snapshot().Keys);
    }

    /// <summary>A consumer's position has been stored.</summary>
    internal void OnPosition(string consumer, long position)
    {
        Positions.Report(consumer, position);
        NoteFinished();
    }

    private Action? TryTakeOver(SqlTransaction transaction, StreamRow row, long id)
    {
        var database = transaction.Database;
        if (!SessionLine.MayTakeOver(transaction, row.Id, consumer: null, row.Leader, id)) return null;
        if (row.Leader is { } before) SessionLine.Leave(database, before);
        var epoch = Math.Max(row.Epoch, Transport.Memory.Epoch) + 1;
        var retention = Transport.Retention ?? row.Retention;
        database.Execute("update streamx_streams set leader = ?, epoch = ?, retention = ? where id = ?", id, epoch, retention, row.Id);
        var trimmed = FindTrimmed(database, row);
        var appendedAt = database.Number("select appended_at from streamx_values where stream = ? order by sequence desc limit 1", row.Id);
        return () =>
        {
            _appendedAt = appendedAt ?? 0;
            Grant(row, epoch, trimmed);
        };
    }

    private void Grant(StreamRow row, long epoch, long trimmed)
    {
        Interlocked.Exchange(ref _trimmed, trimmed);
        (Epoch, PreviousEpoch, StreamId, EndsAt, _ends) = (epoch, row.BegunEpoch, row.Id, row.EndsAt, row.Ends);
        HasEnded = row.Ends > Transport.Memory.EndsBefore;
        DurableHead = row.Head;
        // A store that has been replaced by an older one does not know the numbers that were given since.
        HighestReceived = Math.Max(row.Head, Transport.Memory.Highest);
        Transport.Memory.Note(row.Id, epoch, row.Head);
        State!.Epoch = epoch;
        IsHolder = true;
        // Reads the positions before anything is appended.
        Store.Refresh(State);
        Transport.Metrics?.OnLeading(this, Transport.Stream);
        // It may have been given up before: then nothing takes it out of the metrics later.
        if (IsOver) Transport.Metrics?.OnLeadOver(this);
        _granted.TrySetResult();
    }

    /// <summary>Does a step, if this session leads.</summary>
    private async Task CallAsync<T>(Func<Database, StreamRow, T> act, Action<T> onCommitted)
    {
        if (IsOver) throw Refused;
        var done = Store.CallAsync(
            transaction =>
            {
                if (FindRefusal(transaction.Database, out var row) is { } refusal) throw refusal;
                return act(transaction.Database, row);
            },
            onCommitted,
            result => result,
            CancellationToken.None);
        try
        {
            await done.ConfigureAwait(false);
        }
        catch (TransportException error)
        {
            Lose(error);
            throw;
        }
    }

    /// <summary>Why this session may not write; null if it may.</summary>
    private TransportException? FindRefusal(Database database, out StreamRow row)
    {
        row = State is null ? default : StreamRow.Find(database, State.Id) ?? default;
        if (State is null || row.Leader != Id) return Replaced("the lead");
        return State.IsOlder(row) ? LocalStream.Overwritten : null;
    }

    private int LeaveIn(Database database, long stream)
    {
        database.Execute("update streamx_streams set leader = null where id = ? and leader = ?", stream, Id);
        SessionLine.Leave(database, Id);
        return 0;
    }
}
