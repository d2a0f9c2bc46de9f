namespace Streamx.Hosting.Sql.Storage;

/// <summary>Questions and reports that processes leave for one another in a store, for some seconds. A question has no body.</summary>
internal static class ReportRows
{
    /// <summary>How long a row counts, in milliseconds: the others look several times a second.</summary>
    internal const long Lifetime = 5000;

    /// <summary>Leaves a question or a report, and removes what is too old.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="stream">The stream's name.</param>
    /// <param name="session">The session that leaves it.</param>
    /// <param name="body">The report; null for a question.</param>
    internal static void Add(SqlTransaction transaction, string stream, long session, byte[]? body)
    {
        RemoveOld(transaction);
        var bytes = body is null ? default(SqlValue) : new ReadOnlyMemory<byte>(body);
        transaction.Database.Execute(
            "insert into streamx_reports (stream, session, expires, body) values (?, ?, ?, ?)",
            StreamRow.KeyOf(stream), session, transaction.AskedAt + Lifetime, bytes);
    }

    /// <summary>Removes what is too old, or from before the machine was started again.</summary>
    /// <remarks>The lock may have been asked for a while ago, and others may have left something since.</remarks>
    internal static void RemoveOld(SqlTransaction transaction) => transaction.Database.Execute(
        "delete from streamx_reports where expires < ?1 or expires > ?1 + ?2", transaction.AskedAt, 2 * Lifetime);

    /// <summary>Removes what a session has left.</summary>
    internal static void Remove(Database database, long session) =>
        database.Execute("delete from streamx_reports where session = ?", session);

    /// <summary>The number of the newest row; zero for none.</summary>
    internal static long FindLast(Database database) => database.Number("select max(id) from streamx_reports") ?? 0;

    /// <summary>Reads what has been left behind a row, for any stream.</summary>
    internal static List<Row> Read(Database database, long after)
    {
        List<Row> found = [];
        using var rows = database.Query("select id, stream, session, expires, body from streamx_reports where id > ? order by id", after);
        while (rows.Read())
            found.Add(new Row(rows.Number(0), rows.Text(1)!, rows.Number(2), rows.Number(3), rows.IsNull(4) ? null : rows.Bytes(4)));
        return found;
    }

    /// <summary>A question or a report.</summary>
    /// <param name="Id">Its number: those that come later have higher ones.</param>
    /// <param name="Stream">The stream, as names are compared.</param>
    /// <param name="Session">The session that left it.</param>
    /// <param name="Expires">Until when it counts.</param>
    /// <param name="Body">The report; null for a question.</param>
    internal sealed record Row(long Id, string Stream, long Session, long Expires, byte[]? Body);
}
