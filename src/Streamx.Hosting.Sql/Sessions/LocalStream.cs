namespace Streamx.Hosting.Sql.Sessions;

/// <summary>A stream of a store, as far as this process takes part in it. For the store's thread.</summary>
/// <param name="id">The stream's id.</param>
internal sealed class LocalStream(long id)
{
    /// <summary>The stream's id.</summary>
    internal long Id => id;

    /// <summary>The last number that was appended, as far as is known here.</summary>
    internal long Head { get; set; }

    /// <summary>The newest leader's epoch, as far as is known here.</summary>
    internal long Epoch { get; set; }

    /// <summary>The number of the last end, until an epoch begins; null for none.</summary>
    internal long? EndSequence { get; set; }

    /// <summary>The sessions of this process that lead or want to.</summary>
    internal List<LeadSession> Leads { get; } = [];

    /// <summary>The sessions of this process for consumers.</summary>
    internal List<JoinSession> Joins { get; } = [];

    /// <summary>Whether the store may say something else by now.</summary>
    internal bool IsStale { get; set; } = true;

    /// <summary>Whether a session may be able to take over.</summary>
    internal bool MayTakeOver { get; set; }

    /// <summary>The session that leads here; null if another process leads, or none.</summary>
    internal LeadSession? Leader => Leads.Find(lead => lead is { IsHolder: true, IsOver: false });

    /// <summary>All sessions of this process.</summary>
    internal IEnumerable<SqlSession> Sessions => Leads.Concat<SqlSession>(Joins);

    /// <summary>The sessions of this process that wait in line.</summary>
    internal IEnumerable<SqlSession> Waiting => Sessions.Where(session => session is { IsHolder: false, IsOver: false });

    /// <summary>Whether sessions of this process wait in line.</summary>
    internal bool HasWaiting => Waiting.Any();

    /// <summary>Whether no session is left.</summary>
    internal bool IsEmpty => Leads.Count == 0 && Joins.Count == 0;

    /// <summary>Why sessions end on a stream that has gone back.</summary>
    internal static TransportException Overwritten =>
        new("The database has been overwritten with an older copy of itself, and has lost values of the stream.");

    /// <summary>Whether the store has less of the stream than it had: it has been overwritten with an older copy of itself.</summary>
    internal bool IsOlder(StreamRow row) => row.Head < Head || row.Epoch < Epoch;

    /// <summary>Notes what the store has of the stream.</summary>
    internal void Note(StreamRow row) =>
        (Head, Epoch, EndSequence) = (Math.Max(Head, row.Head), Math.Max(Epoch, row.Epoch), row.EndSequence);

    /// <summary>Takes a session out.</summary>
    internal void Remove(SqlSession session)
    {
        if (session is LeadSession lead) Leads.Remove(lead);
        else Joins.Remove((JoinSession)session);
    }

    /// <summary>Reads what has changed.</summary>
    /// <param name="view">The connection; nothing is written.</param>
    /// <param name="processes">The processes.</param>
    internal void Refresh(SqlTransaction view, SqlProcesses processes)
    {
        IsStale = false;
        if (StreamRow.Find(view.Database, id) is not { } row)
        {
            LoseAll(new TransportException("The stream has been removed from its database."));
            return;
        }

        if (IsOlder(row))
        {
            LoseAll(Overwritten);
            return;
        }

        Note(row);
        foreach (var session in Sessions) session.Transport.Memory.Note(id, row.Epoch, row.Head);
        foreach (var lead in Leads) lead.Refresh(view.Database, processes, row);
        foreach (var join in Joins) join.Refresh(view.Database);
        MayTakeOver = Waiting.Any(session => session.MayTakeOver(view));
    }

    private void LoseAll(TransportException why)
    {
        foreach (var session in Sessions.ToArray()) session.Lose(why);
    }
}
