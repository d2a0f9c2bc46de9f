using System.Runtime.InteropServices;

namespace Streamx.Hosting.Sql.Storage;

/// <summary>A stream, as it is in the store.</summary>
/// <param name="Id">Its id: another one for each stream that ever had the name.</param>
/// <param name="Head">The last number that was appended.</param>
/// <param name="Epoch">The epoch of the newest leader.</param>
/// <param name="BegunEpoch">The newest epoch that has begun.</param>
/// <param name="Leader">The session that leads; null for none.</param>
/// <param name="Ends">How many ends have been decided.</param>
/// <param name="EndsAt">The number of the last end while it is not complete.</param>
/// <param name="EndSequence">The number of the last end once it has been appended, until an epoch begins.</param>
/// <param name="Retention">How many milliseconds values are kept.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StreamRow(
    long Id, long Head, long Epoch, long BegunEpoch, long? Leader, long Ends, long? EndsAt, long? EndSequence, long Retention)
{
    private const string Columns =
        "select id, head, epoch, begun_epoch, leader, ends, ends_at, end_sequence, retention from streamx_streams";

    /// <summary>What names are compared by.</summary>
    internal static string KeyOf(string name) => name.ToUpperInvariant();

    /// <summary>The stream with a name; made if it does not exist.</summary>
    internal static StreamRow Ensure(Database database, string name)
    {
        if (Find(database, Columns + " where key = ?", KeyOf(name)) is { } row) return row;
        var id = CreateId();
        database.Execute("insert into streamx_streams (id, key, name) values (?, ?, ?)", id, KeyOf(name), name);
        return Find(database, id)!.Value;
    }

    /// <summary>A stream; null if it is not in the store.</summary>
    internal static StreamRow? Find(Database database, long id) => Find(database, Columns + " where id = ?", id);

    /// <summary>Gives the stream another id. All its sessions are over, and what was appended counts as given to every consumer.</summary>
    /// <returns>The stream, as it is now.</returns>
    internal StreamRow Renew(Database database)
    {
        var id = CreateId();
        database.Execute("update streamx_streams set id = ?, leader = null where id = ?", id, Id);
        database.Execute("update streamx_values set stream = ? where stream = ?", id, Id);
        database.Execute("update streamx_bookmarks set stream = ? where stream = ?", id, Id);
        // A position above the head is of values that the store has lost. The numbers are not used again, but must not count as finished.
        database.Execute(
            $"""
            update streamx_consumers set stream = ?, active = null, given = {Dialect.Greatest}(given, ?),
                position = {Dialect.Least}(position, ?) where stream = ?
            """,
            id, Head, Head, Id);
        database.Execute("delete from streamx_sessions where stream = ?", Id);
        return Find(database, id)!.Value;
    }

    /// <summary>Goes on to a number, so that no value gets those up to it. The caller reads the row again.</summary>
    /// <returns>What stands in their place; null if they are used already.</returns>
    internal StoredValue? SkipTo(Database database, long head, long epoch, long wallNow)
    {
        if (head <= Head) return null;
        var gap = new StoredValue(
            head, Head + 1, StoredKind.Gap, epoch, Ends, default, ContentType: null, TraceParent: null, IsRepeated: false);
        gap.Write(database, Id, wallNow);
        database.Execute("update streamx_streams set head = ? where id = ?", head, Id);
        // Consumers that have finished everything go on; the others do when they come to it.
        database.Execute("update streamx_consumers set position = ? where stream = ? and position = ?", head, Id, Head);
        return gap;
    }

    private static long CreateId() =>
        BitConverter.ToInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)) & ((1L << 52) - 1);

    private static StreamRow? Find(Database database, string sql, SqlValue value)
    {
        using var rows = database.Query(sql, value);
        if (!rows.Read()) return null;
        return new StreamRow(
            rows.Number(0), rows.Number(1), rows.Number(2), rows.Number(3), rows.NumberOrNull(4), rows.Number(5), rows.NumberOrNull(6),
            rows.NumberOrNull(7), rows.Number(8));
    }
}
