namespace Streamx.Hosting.Sql.Sessions;

/// <content>Appending: what waits goes into one transaction, together with everything else that waits for the store.</content>
internal sealed partial class LeadSession
{
    /// <summary>How many values may be finished before they are removed together.</summary>
    private const int TrimAfter = 256;

    /// <summary>The most values that one transaction removes: the others wait for the store meanwhile.</summary>
    private const int TrimAtMost = 2048;

    private readonly Lock _lock = new();

    /// <summary>What waits to be appended, in order. Guarded by the lock.</summary>
    private readonly List<Append> _waiting = [];

    /// <summary>What is in the transaction that is under way. Guarded by the lock.</summary>
    private readonly List<Append> _writing = [];

    /// <summary>What the transaction adds. For the store's thread.</summary>
    private readonly List<StoredValue> _added = [];

    /// <summary>The end that the transaction appends, or finds appended; null for none. For the store's thread.</summary>
    private long? _endWritten;

    /// <summary>Why the transaction does not have what it should; null if it has. For the store's thread.</summary>
    private TransportException? _refusal;

    /// <summary>The number up to which nothing is kept any more. For the store's thread.</summary>
    private long _trimmed;

    /// <summary>
    /// What <see cref="_trimmed"/> is once the transaction is committed, and whether there is more to remove; null for no change.
    /// </summary>
    private (long UpTo, bool IsPart)? _trimming;

    /// <summary>
    /// When the last value was appended. A clock that is set back does not change the order in which values become old. For the store's
    /// thread.
    /// </summary>
    private long _appendedAt;

    /// <summary>
    /// Whether values are kept that every consumer has finished: they are removed as time passes. For the store's thread.
    /// </summary>
    private bool _retains;

    /// <summary>How many values are kept.</summary>
    internal long Kept => IsHolder && State is { } state ? Math.Max(0, state.Head - Interlocked.Read(ref _trimmed)) : 0;

    /// <summary>Whether enough is finished to be removed.</summary>
    internal bool MustTrim { get; private set; }

    /// <inheritdoc/>
    public Task AppendAsync(TransportValue value) => AppendAsync([value]);

    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<TransportValue> values)
    {
        var append = new Append(values, Transport.Clock.GetTimestamp());
        lock (_lock)
        {
            if (!IsOver) _waiting.Add(append);
            else append.Fail(Refused);
        }

        Store.MarkDirty(this);
        return append.Task;
    }

    /// <summary>Some time has passed: removes what may have become old.</summary>
    internal void OnTick()
    {
        if (!IsHolder || IsOver || Positions.Lowest <= _trimmed) return;
        MustTrim = true;
        Store.MarkDirty(this);
    }

    /// <inheritdoc/>
    internal override void Write(SqlTransaction transaction)
    {
        IReadOnlyList<Append> appends;
        lock (_lock)
        {
            _writing.AddRange(_waiting);
            _waiting.Clear();
            appends = [.. _writing];
        }

        _added.Clear();
        (_endWritten, _trimming) = (null, null);
        StreamRow row = default;
        // Lost on another thread that has not ended the appends yet: they are not in the transaction.
        _refusal = IsOver ? Refused : FindRefusal(transaction.Database, out row);
        if (_refusal is not null) return;
        if (appends.Count > 0) AppendTo(transaction.Database, row, appends);
        if (MustTrim) TrimIn(transaction.Database, row);
    }

    /// <inheritdoc/>
    internal override void OnCommitted()
    {
        if (_refusal is not null)
        {
            Lose(_refusal);
            EndAll(_writing, _refusal);
            return;
        }

        if (_trimming is var (trimmed, isPart))
        {
            Interlocked.Exchange(ref _trimmed, trimmed);
            MustTrim = isPart;
            if (isPart) Store.MarkDirty(this);
        }

        foreach (var value in _added) Give(value);
        if (_endWritten is { } end) State!.EndSequence = end;
        // The stream's end is no value.
        var values = _added.Count(stored => stored.Kind == StoredKind.Value);
        if (values > 0) Transport.Metrics?.OnCommit(Transport.Stream, values);
        EndAll(_writing, error: null);
    }

    private protected override void OnLost(Exception why)
    {
        Transport.Metrics?.OnLeadOver(this);
        // It is not known what becomes of that which is in a transaction.
        EndAll(_waiting, Refusal(why));
        EndAll(_writing, Refusal(why));
    }

    private void AppendTo(Database database, StreamRow row, IReadOnlyList<Append> appends)
    {
        if (database.Number("select 1 from streamx_consumers where stream = ? limit 1", row.Id) is null)
        {
            _refusal = new TransportException($"Stream '{Transport.Stream}' has no registered consumer any more.");
            return;
        }

        var last = row.Head;
        foreach (var value in appends.SelectMany(append => append.Values).Where(value => value.Sequence > last))
        {
            if (value.Sequence == ++last) continue;
            _refusal = new TransportException($"The database has no number before {value.Sequence} of stream '{Transport.Stream}'.");
            return;
        }

        _appendedAt = Math.Max(_appendedAt, Transport.WallNow);
        var head = row.Head;
        foreach (var append in appends)
        {
            foreach (var value in append.Values)
            {
                if (value.IsEnd) _endWritten = value.Sequence;
                // Appended again, and there from the first time.
                if (value.Sequence <= head) continue;
                head++;
                var stored = new StoredValue(
                    value.Sequence, value.Sequence, value.IsEnd ? StoredKind.End : StoredKind.Value, Epoch, _ends, value.Body,
                    value.ContentType, value.TraceParent, value.IsRepeated);
                stored.Write(database, row.Id, _appendedAt);
                if (value.Bookmark is { } bookmark) BookmarkRows.Write(database, row.Id, bookmark);
                _added.Add(stored);
            }
        }

        if (_added.Count > 0) database.Execute("update streamx_streams set head = ? where id = ?", head, row.Id);
        if (_endWritten is { } end) database.Execute("update streamx_streams set end_sequence = ? where id = ?", end, row.Id);
    }

    private void Give(StoredValue value)
    {
        State!.Head = value.Sequence;
        Transport.Memory.Note(State.Id, Epoch, value.Sequence);
        foreach (var join in State.Joins) join.Offer(value);
    }

    private void NoteFinished()
    {
        if (MustTrim || _retains || Positions.Lowest - _trimmed < TrimAfter) return;
        MustTrim = true;
        Store.MarkDirty(this);
    }

    /// <summary>Removes what every consumer has finished, and what has been kept for long enough.</summary>
    private void TrimIn(Database database, StreamRow row)
    {
        var oldest = database.Number("select min(sequence) from streamx_values where stream = ?", row.Id);
        var finished = database.Number("select min(position) from streamx_consumers where stream = ?", row.Id) ?? 0;
        var upTo = Math.Min(finished, (oldest ?? row.Head) + TrimAtMost);
        var removed = database.Execute(
            "delete from streamx_values where stream = ? and sequence <= ? and appended_at <= ? and sequence <> ?",
            row.Id, upTo, row.Retention == 0 ? long.MaxValue : Transport.WallNow - row.Retention, row.EndSequence ?? 0);
        (_trimming, _retains) = ((FindTrimmed(database, row), removed > 0 && upTo < finished), row.Retention > 0);
    }

    /// <summary>The number up to which nothing is kept.</summary>
    private static long FindTrimmed(Database database, StreamRow row) =>
        (database.Number("select min(first) from streamx_values where stream = ?", row.Id) ?? (row.Head + 1)) - 1;

    private void EndAll(List<Append> appends, TransportException? error)
    {
        Append[] ended;
        lock (_lock)
        {
            ended = [.. appends];
            appends.Clear();
        }

        foreach (var append in ended)
        {
            if (error is null) append.Complete();
            else append.Fail(error);
            Transport.Metrics?.OnAppended(Transport.Stream, Transport.Clock.GetElapsedTime(append.Since), error);
        }
    }

    /// <summary>Values that are appended together.</summary>
    /// <param name="values">The values.</param>
    /// <param name="since">When they were given.</param>
    private sealed class Append(IReadOnlyList<TransportValue> values, long since)
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal IReadOnlyList<TransportValue> Values => values;

        internal long Since => since;

        internal Task Task => _done.Task;

        internal void Complete() => _done.TrySetResult();

        internal void Fail(Exception error) => _done.TrySetException(error);
    }
}
