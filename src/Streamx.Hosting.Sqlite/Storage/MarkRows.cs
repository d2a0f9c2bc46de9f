using System.Data.Common;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>What transactions of handlers have finished of a consumer's values, ahead of its position. Positions take it in later.</summary>
internal static class MarkRows
{
    /// <summary>A row, if a session still has its consumer: that is the fence.</summary>
    private const string Insert = """
        insert or replace into streamx_marks (consumer, first, last)
        select id, $first, $last from streamx_consumers where id = $consumer and active = $session
        """;

    private const string Finished = """
        select 1 from streamx_consumers c where c.id = ?1 and (c.position >= ?3
            or exists (select 1 from streamx_marks m where m.consumer = ?1 and m.first <= ?2 and m.last >= ?3))
        """;

    /// <summary>Writes a mark into a transaction of the user's.</summary>
    /// <returns>Whether the session still has the consumer, and keeps it until the transaction is over: nothing else can write before.</returns>
    internal static bool Write(DbTransaction transaction, long consumer, long session, long first, long last)
    {
        using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = Insert;
        command.Parameters.Add(new SqliteParameter("$first", first));
        command.Parameters.Add(new SqliteParameter("$last", last));
        command.Parameters.Add(new SqliteParameter("$consumer", consumer));
        command.Parameters.Add(new SqliteParameter("$session", session));
        return command.ExecuteNonQuery() > 0;
    }

    /// <summary>Whether the consumer has finished these numbers.</summary>
    internal static bool AreFinished(Database database, long consumer, long first, long last) =>
        database.Number(Finished, consumer, first, last) is not null;

    /// <summary>Has the position take in the marks that follow it.</summary>
    /// <param name="database">The connection, in a transaction.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="position">The number up to which everything is finished; then the one up to which it is with the marks.</param>
    /// <returns>The marks ahead of that, in order.</returns>
    internal static Queue<Mark> Fold(Database database, long consumer, ref long position)
    {
        Queue<Mark> ahead = [];
        using (var rows = database.Query("select first, last from streamx_marks where consumer = ? order by first", consumer))
        {
            while (rows.Read())
            {
                Mark mark = new(rows.Number(0), rows.Number(1));
                if (mark.First <= position + 1) position = Math.Max(position, mark.Last);
                else ahead.Enqueue(mark);
            }
        }

        Forget(database, consumer, position);
        return ahead;
    }

    /// <summary>The position has taken in the marks up to a number.</summary>
    internal static void Forget(Database database, long consumer, long position) =>
        database.Execute("delete from streamx_marks where consumer = ? and last <= ?", consumer, position);

    /// <summary>Numbers that a transaction has finished.</summary>
    /// <param name="First">The first of them.</param>
    /// <param name="Last">The last.</param>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Mark(long First, long Last);
}
