using System.Runtime.InteropServices;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>A stream, as it is in the file.</summary>
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
        var id = BitConverter.ToInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)) & ((1L << 52) - 1);
        database.Execute("insert into streamx_streams (id, key, name) values (?, ?, ?)", id, KeyOf(name), name);
        return Find(database, id)!.Value;
    }

    /// <summary>A stream; null if it is not in the file.</summary>
    internal static StreamRow? Find(Database database, long id) => Find(database, Columns + " where id = ?", id);

    private static StreamRow? Find(Database database, string sql, SqlValue value)
    {
        using var rows = database.Query(sql, value);
        if (!rows.Read()) return null;
        return new StreamRow(
            rows.Number(0), rows.Number(1), rows.Number(2), rows.Number(3), rows.NumberOrNull(4), rows.Number(5), rows.NumberOrNull(6),
            rows.NumberOrNull(7), rows.Number(8));
    }
}
