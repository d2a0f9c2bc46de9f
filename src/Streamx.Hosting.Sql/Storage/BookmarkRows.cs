namespace Streamx.Hosting.Sql.Storage;

/// <summary>How far producers are in their sources, by their names.</summary>
internal static class BookmarkRows
{
    /// <summary>Stores a bookmark, in the transaction of its value.</summary>
    internal static void Write(Database database, long stream, TransportBookmark bookmark) => database.Execute(
        """
        insert into streamx_bookmarks (stream, producer, bookmark) values (?, ?, ?)
        on conflict (stream, producer) do update set bookmark = excluded.bookmark
        """,
        stream, StreamRow.KeyOf(bookmark.Producer), bookmark.Text);

    /// <summary>A producer's bookmark; null for none.</summary>
    internal static string? Find(Database database, long stream, string producer)
    {
        using var rows = database.Query(
            "select bookmark from streamx_bookmarks where stream = ? and producer = ?", stream, StreamRow.KeyOf(producer));
        return rows.Read() ? rows.Text(0) : null;
    }
}
