namespace Streamx.Hosting.Sqlite.Sessions;

/// <summary>A stream of a file, as far as this process takes part in it. For the file's thread.</summary>
/// <param name="id">The stream's id.</param>
internal sealed class LocalStream(long id)
{
    /// <summary>The stream's id.</summary>
    internal long Id => id;

    /// <summary>The last number that was appended, as far as is known here.</summary>
    internal long Head { get; set; }

    /// <summary>The number of the last end, until an epoch begins; null for none.</summary>
    internal long? EndSequence { get; set; }

    /// <summary>The sessions of this process that lead or want to.</summary>
    internal List<LeadSession> Leads { get; } = [];

    /// <summary>The sessions of this process for consumers.</summary>
    internal List<JoinSession> Joins { get; } = [];

    /// <summary>Whether the file may say something else by now.</summary>
    internal bool IsStale { get; set; } = true;

    /// <summary>Whether a session may be able to take over.</summary>
    internal bool MayTakeOver { get; set; }

    /// <summary>The session that leads here; null if another process leads, or none.</summary>
    internal LeadSession? Leader => Leads.Find(lead => lead is { IsHolder: true, IsOver: false });

    /// <summary>The sessions of this process that wait in line.</summary>
    internal IEnumerable<FileSession> Waiting =>
        Leads.Concat<FileSession>(Joins).Where(session => session is { IsHolder: false, IsOver: false });

    /// <summary>Whether sessions of this process wait in line.</summary>
    internal bool HasWaiting => Waiting.Any();

    /// <summary>Whether no session is left.</summary>
    internal bool IsEmpty => Leads.Count == 0 && Joins.Count == 0;

    /// <summary>Takes a session out.</summary>
    internal void Remove(FileSession session)
    {
        if (session is LeadSession lead) Leads.Remove(lead);
        else Joins.Remove((JoinSession)session);
    }

    /// <summary>Reads what has changed.</summary>
    /// <param name="view">The connection; nothing is written.</param>
    /// <param name="processes">The processes.</param>
    internal void Refresh(FileTransaction view, FileProcesses processes)
    {
        IsStale = false;
        if (StreamRow.Find(view.Database, id) is not { } row)
        {
            foreach (var session in (FileSession[])[.. Leads, .. Joins]) session.Lose(new TransportException("The stream has been removed from its file."));
            return;
        }

        (Head, EndSequence) = (Math.Max(Head, row.Head), row.EndSequence);
        foreach (var lead in Leads) lead.Refresh(view.Database, processes, row);
        foreach (var join in Joins) join.Refresh(view.Database);
        MayTakeOver = Waiting.Any(session => session.MayTakeOver(view));
    }
}
