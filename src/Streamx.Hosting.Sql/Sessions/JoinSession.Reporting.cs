namespace Streamx.Hosting.Sql.Sessions;

/// <content>Storing what the consumer has reported as finished.</content>
internal sealed partial class JoinSession
{
    private readonly SettledReports _reports = new();

    /// <summary>
    /// Numbers that no value gets: from what is finished at the one, the position goes on to the other. For the store's thread.
    /// </summary>
    private readonly Queue<(long From, long To)> _gaps = new();

    /// <summary>The position that is being written; zero for none. For the store's thread.</summary>
    private long _writing;

    /// <summary>How many reports ahead of the position are being written. For the store's thread.</summary>
    private int _writingAhead;

    /// <summary>Whether another session holds, as the write found. For the store's thread.</summary>
    private bool _isReplaced;

    /// <inheritdoc/>
    /// <remarks>
    /// While the consumer has more in hand its next reports probably come at once. A put may wait for the position, so it is not for long.
    /// </remarks>
    public void Finish(long sequence)
    {
        _reports.Add(sequence, Transport.Clock.GetTimestamp());
        if (sequence < Interlocked.Read(ref _last)) Store.MarkDirtySoon(this);
        else Store.MarkDirty(this);
    }

    /// <inheritdoc/>
    public void FinishAhead(long sequence)
    {
        _reports.AddAhead(sequence, Transport.Clock.GetTimestamp());
        Store.MarkDirty(this);
    }

    /// <inheritdoc/>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var settled = _reports.WhenSettledAsync();
        if (!settled.IsCompleted) Store.MarkDirty(this);
        if (await Task.WhenAny(settled, WhenLost).WaitAsync(cancellationToken).ConfigureAwait(false) == settled) return;
        throw new TransportException(
            $"The session of '{_name}' was lost before its last report was stored.", await WhenLost.ConfigureAwait(false));
    }

    /// <inheritdoc/>
    internal override void Write(SqlTransaction transaction)
    {
        (_writing, _writingAhead, _isReplaced) = (0, 0, false);
        if (IsOver || !IsHolder) return;
        var finished = Finished();
        WriteAhead(transaction.Database, finished);
        if (finished <= _reports.Settled) return;
        _writing = finished;
        _isReplaced |= transaction.Database.Execute(
            """
            update streamx_consumers set position = ?1 where id = ?2 and active = ?3
                and exists (select 1 from streamx_streams s where s.id = streamx_consumers.stream and s.head >= ?1)
            """,
            _writing, _consumer, Id) == 0;
        if (_hasMarks && !_isReplaced) MarkRows.Forget(transaction.Database, _consumer, _writing);
    }

    /// <inheritdoc/>
    internal override void OnCommitted()
    {
        if (_isReplaced)
        {
            Lose(Replaced($"consumer '{_name}'"));
            return;
        }

        if (_writingAhead > 0) _reports.SettleAhead(_writingAhead);
        if (_writing == 0) return;
        if (_reports.Settle(_writing, Transport.Clock.GetTimestamp()) is { } since)
            Transport.Metrics?.OnPosition(Transport.Stream, Transport.Clock.GetElapsedTime(since));
        State!.Leader?.OnPosition(_name, _writing);
    }

    private void WriteAhead(Database database, long finished)
    {
        (var marks, _writingAhead) = _reports.TakeAhead(finished);
        if (marks.Count == 0) return;
        _hasMarks = true;
        _isReplaced = !MarkRows.Write(database, _consumer, Id, marks);
    }

    /// <summary>The number up to which everything is finished.</summary>
    private long Finished()
    {
        var finished = _reports.Reported;
        while (_gaps.TryPeek(out var gap) && gap.From <= finished)
        {
            // Kept, so that it does not go back when the gap is gone.
            finished = _reports.Raise(gap.To);
            _gaps.Dequeue();
        }

        return finished;
    }

    private void LeaveIn(Database database)
    {
        if (IsHolder)
        {
            var finished = Finished();
            MarkRows.Write(database, _consumer, Id, _reports.TakeAhead(finished).Marks);
            database.Execute(
                $"""
                update streamx_consumers set active = null, given = {Dialect.Greatest}(given, ?2), position =
                    {Dialect.Greatest}(position, {Dialect.Least}(?1,
                        coalesce((select s.head from streamx_streams s where s.id = streamx_consumers.stream), 0)))
                where id = ?3 and active = ?4
                """,
                finished, _last, _consumer, Id);
        }

        SessionLine.Leave(database, Id);
    }
}
