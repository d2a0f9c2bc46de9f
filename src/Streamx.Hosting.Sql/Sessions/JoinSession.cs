using System.Threading.Channels;

namespace Streamx.Hosting.Sql.Sessions;

/// <summary>A place in line for the values of a consumer.</summary>
internal sealed partial class JoinSession : SqlSession, IJoinSession
{
    private readonly string _name;
    private readonly DeliveryBuffer _buffer;
    /// <summary>The consumer's id in the store. For the store's thread.</summary>
    private long _consumer;

    /// <summary>How many ends had been decided when this process first came to the stream. For the store's thread.</summary>
    private long _endsBefore;

    /// <summary>The number up to which everything was given to a session before this one. For the store's thread.</summary>
    private long _givenBefore;

    /// <summary>The number up to which everything has been given to this session. The store's thread alone writes it.</summary>
    private long _last;

    /// <summary>The number of the end that has been given to it. For the store's thread.</summary>
    private long _endGiven;

    private volatile bool _isActive;
    private int _isDisposed;

    internal JoinSession(SqlTransport transport, SqlStore store, string name)
        : base(transport, store)
    {
        _name = name;
        _buffer = new DeliveryBuffer(store.Wake);
    }

    /// <inheritdoc/>
    public ChannelReader<TransportDelivery> Deliveries => _buffer;

    /// <inheritdoc/>
    /// <remarks>
    /// Within its lease nothing can be taken from this process. After it, as when it was stopped or the store was locked, the store is
    /// asked.
    /// </remarks>
    public bool IsHeld
    {
        get
        {
            if (IsOver) return false;
            if (Store.IsWithinLease) return true;
            if (_isActive && !Store.Ask("select 1 from streamx_consumers where id = ? and active = ?", _consumer, Id))
                Lose(Replaced($"consumer '{_name}'"));
            return !IsOver;
        }
    }

    /// <inheritdoc/>
    public bool IsActive => _isActive;

    /// <summary>The consumer's id in the store.</summary>
    internal long Consumer => _consumer;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        Lose(new TransportException("The session has been given up."));
        await Store.LeaveAsync(this, LeaveIn).ConfigureAwait(false);
    }

    /// <summary>Registers the consumer and gets in line.</summary>
    /// <param name="position">Where it is moved to before; null for where it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task EnterAsync(long? position, CancellationToken cancellationToken)
    {
        var entering = EnterAsync(position);
        Entering = entering;
        return entering.WaitAsync(cancellationToken);
    }

    private Task<int> EnterAsync(long? position) => Store.CallAsync(
        transaction =>
        {
            var database = transaction.Database;
            var row = StreamEntry.Ensure(database, Transport);
            // A refusal must leave nothing: values would wait for a consumer whose name was mistyped.
            if (position is { } wanted) ConsumerRows.EnsureMayMove(transaction, row, _name, wanted, Transport.WallNow);
            ConsumerRows.Register(database, row, [_name], StartFrom.Now, Transport.WallNow);
            var consumer = ConsumerRows.Find(database, row.Id, _name)!.Value;
            if (position is { } start) ConsumerRows.Move(database, consumer, start);
            var id = SessionLine.Enter(transaction, row.Id, consumer, Transport.Instance);
            return (Row: row, Consumer: consumer, Id: id, OnTaken: TryTakeOver(transaction, row, consumer, id));
        },
        result =>
        {
            (Id, _consumer, _endsBefore) = (result.Id, result.Consumer, StreamEntry.Meet(Transport, Store, result.Row));
            State = Store.StateOf(result.Row);
            State.Joins.Add(this);
            result.OnTaken?.Invoke();
        },
        _ => 0,
        CancellationToken.None);

    /// <inheritdoc/>
    internal override bool MayTakeOver(SqlTransaction view) =>
        SessionLine.MayTakeOver(
            view, State!.Id, _consumer, view.Database.Number("select active from streamx_consumers where id = ?", _consumer), Id);

    /// <inheritdoc/>
    internal override Action? TryTakeOver(SqlTransaction transaction) =>
        StreamRow.Find(transaction.Database, State!.Id) is { } row ? TryTakeOver(transaction, row, _consumer, Id) : null;

    /// <summary>Reads whether the session still has the consumer.</summary>
    internal void Refresh(Database database)
    {
        if (IsOver) return;
        using var rows = database.Query("select active from streamx_consumers where id = ?", _consumer);
        if (!rows.Read())
        {
            Transport.Memory.Forget([_name]);
            Lose(new TransportException($"Consumer '{_name}' has been retired."));
        }
        else if (IsHolder && rows.NumberOrNull(0) != Id) Lose(Replaced($"consumer '{_name}'"));
    }

    private protected override void OnLost(Exception why) => _buffer.Complete();

    private Action? TryTakeOver(SqlTransaction transaction, StreamRow row, long consumer, long id)
    {
        var database = transaction.Database;
        long position;
        long given;
        long? active;
        using (var rows = database.Query("select position, given, active from streamx_consumers where id = ?", consumer))
        {
            if (!rows.Read()) return null;
            (position, given, active) = (rows.Number(0), rows.Number(1), rows.NumberOrNull(2));
        }

        if (!SessionLine.MayTakeOver(transaction, row.Id, consumer, active, id)) return null;
        if (active is { } before)
        {
            // It did not leave, so it is not known what it was given: everything that there is.
            given = Math.Max(given, row.Head);
            SessionLine.Leave(database, before);
        }

        var marks = MarkRows.Fold(database, consumer, ref position);
        database.Execute("update streamx_consumers set active = ?, given = ?, position = ? where id = ?", id, given, position, consumer);
        return () => Activate(position, given, marks);
    }

    private void Activate(long position, long given, Queue<MarkRows.Mark> marks)
    {
        (_last, _givenBefore, _marks) = (position, given, marks);
        _hasMarks |= marks.Count > 0;
        _reports.Begin(position);
        (IsHolder, _isActive) = (true, true);
        State!.IsStale = true;
    }
}
