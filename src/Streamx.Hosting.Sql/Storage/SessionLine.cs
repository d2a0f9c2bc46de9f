namespace Streamx.Hosting.Sql.Storage;

/// <summary>
/// The sessions of a stream that want to lead, or of a consumer that want its values: one of them holds, the others are in line.
/// </summary>
/// <remarks>
/// A session takes over in a transaction of its own, once the one that holds has left or its process has ended or let its lease expire.
/// What holds is named in the row of the stream or of the consumer, which every write of a session compares: that is the fence.
/// </remarks>
internal static class SessionLine
{
    private const string Sessions =
        $"select {SqlProcesses.Columns}, s.id from streamx_sessions s join streamx_processes p on p.id = s.process";
    private const string Lead = $"{Sessions} where s.stream = ? and s.consumer is null order by s.id";
    private const string Consumer = $"{Sessions} where s.stream = ? and s.consumer = ? order by s.id";

    /// <summary>Gets in line.</summary>
    /// <returns>The session's id, which no other session of the store ever gets.</returns>
    internal static long Enter(SqlTransaction transaction, long stream, long? consumer, string? instance)
    {
        return transaction.Database.Number(
            "insert into streamx_sessions (process, stream, consumer, instance) values (?, ?, ?, ?) returning id",
            transaction.EnsureProcess(), stream, consumer, instance)!.Value;
    }

    /// <summary>Leaves the line.</summary>
    internal static void Leave(Database database, long session) => database.Execute("delete from streamx_sessions where id = ?", session);

    /// <summary>Whether a live process has a session of a consumer.</summary>
    internal static bool HasLive(SqlTransaction transaction, long stream, long consumer)
    {
        // This process counts as live: sessions that it had on a connection that broke go before.
        transaction.EnsureProcess();
        using var rows = transaction.Database.Query(Consumer, stream, consumer);
        while (rows.Read())
        {
            if (transaction.IsLive(rows)) return true;
        }

        return false;
    }

    /// <summary>Whether a session holds now, or may.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="consumer">The consumer; null for the lead.</param>
    /// <param name="holder">The session that holds; null for none.</param>
    /// <param name="session">The session that asks.</param>
    internal static bool MayTakeOver(SqlTransaction transaction, long stream, long? consumer, long? holder, long session)
    {
        var isFirst = true;
        using var rows = consumer is { } id ? transaction.Database.Query(Consumer, stream, id) : transaction.Database.Query(Lead, stream);
        while (rows.Read())
        {
            var other = rows.Number(6);
            if (other == session || !transaction.IsLive(rows)) continue;
            if (other == holder) return false;
            isFirst &= other > session;
        }

        return isFirst;
    }
}
