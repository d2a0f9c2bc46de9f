using System.Runtime.InteropServices;

namespace Streamx.Hosting.Sql.Storage;

/// <summary>
/// What is finished of a consumer's values ahead of its position, by transactions of handlers or by reports. Positions take it in later.
/// </summary>
internal static class MarkRows
{
    /// <summary>
    /// Adds numbers, from the first to the second parameter, if a session still has the consumer, which is the fence, and the store the
    /// values: an older copy may be in its place.
    /// </summary>
    internal const string Insert = $"""
        insert into streamx_marks (consumer, first, last)
        select c.id, ?1, ?2 from streamx_consumers c join streamx_streams s on s.id = c.stream
        where c.id = ?3 and c.active = ?4 and s.head >= ?2
        on conflict (consumer, first) do update set last = {Dialect.Greatest}(streamx_marks.last, excluded.last)
        """;

    private const string Finished = """
        select 1 from streamx_consumers c where c.id = ?1 and (c.position >= ?3
            or exists (select 1 from streamx_marks m where m.consumer = ?1 and m.first <= ?2 and m.last >= ?3))
        """;

    /// <summary>Writes marks in a transaction of the store's own.</summary>
    /// <returns>Whether the session still has the consumer.</returns>
    internal static bool Write(Database database, long consumer, long session, IReadOnlyList<Mark> marks) =>
        marks.All(mark => database.Execute(Insert, mark.First, mark.Last, consumer, session) > 0);

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

    /// <summary>Numbers that are finished.</summary>
    /// <param name="First">The first of them.</param>
    /// <param name="Last">The last.</param>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Mark(long First, long Last);
}
