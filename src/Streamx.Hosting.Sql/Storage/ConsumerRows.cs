namespace Streamx.Hosting.Sql.Storage;

/// <summary>The durable consumers of a stream, as they are in the store.</summary>
internal static class ConsumerRows
{
    /// <summary>The number before the oldest value that is kept, of a stream whose id is the first parameter; null for no value.</summary>
    /// <remarks>What is to go counts as gone: every consumer has finished it, and its time is over.</remarks>
    private const string OldestKept = """
        select min(first) - 1 from streamx_values where stream = ?1 and kind = 0 and (appended_at > ?2
            or sequence > (select coalesce(min(position), 9223372036854775807) from streamx_consumers where stream = ?1))
        """;

    /// <summary>Registers consumers. Those that are registered stay as they are.</summary>
    /// <param name="database">The connection, in a transaction.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="names">Their names.</param>
    /// <param name="from">Where new ones begin.</param>
    /// <param name="wallNow">The time, in milliseconds since 1970.</param>
    internal static void Register(Database database, StreamRow stream, IEnumerable<string> names, StartFrom from, long wallNow)
    {
        foreach (var name in names)
        {
            if (Find(database, stream.Id, name) is not null) continue;
            var position = from == StartFrom.Oldest ? Oldest(database, stream, wallNow) : stream.Head;
            database.Execute(
                "insert into streamx_consumers (stream, key, name, position, given) values (?, ?, ?, ?, ?)",
                stream.Id, StreamRow.KeyOf(name), name, position, position);
        }
    }

    /// <summary>The id of a consumer; null if it is not registered.</summary>
    internal static long? Find(Database database, long stream, string name) =>
        database.Number("select id from streamx_consumers where stream = ? and key = ?", stream, StreamRow.KeyOf(name));

    /// <summary>Removes a consumer, and its sessions.</summary>
    internal static void Retire(Database database, long stream, string name)
    {
        if (Find(database, stream, name) is not { } id) return;
        database.Execute("delete from streamx_sessions where consumer = ?", id);
        database.Execute("delete from streamx_marks where consumer = ?", id);
        database.Execute("delete from streamx_consumers where id = ?", id);
    }

    /// <summary>Refuses to move a consumer to a position where that is not possible. Changes nothing of the stream.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="name">The consumer, which need not be registered.</param>
    /// <param name="position">The position.</param>
    /// <param name="wallNow">The time, in milliseconds since 1970.</param>
    /// <exception cref="TransportException">A live process has joined as the consumer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Values behind the position are not kept.</exception>
    internal static void EnsureMayMove(SqlTransaction transaction, StreamRow stream, string name, long position, long wallNow)
    {
        var database = transaction.Database;
        var first = Oldest(database, stream, wallNow);
        if (Find(database, stream.Id, name) is { } consumer)
        {
            if (SessionLine.HasLive(transaction, stream.Id, consumer))
                throw new TransportException($"Consumer '{name}' has been joined by another process.");
            first = Math.Min(first, database.Number("select position from streamx_consumers where id = ?", consumer)!.Value);
        }

        if (position < first || position > stream.Head)
            throw new ArgumentOutOfRangeException(nameof(position), position, $"The values from {first + 1} to {stream.Head} are kept.");
    }

    /// <summary>Moves a consumer to a position.</summary>
    internal static void Move(Database database, long consumer, long position)
    {
        database.Execute(
            $"update streamx_consumers set given = {Dialect.Greatest}(given, position), position = ? where id = ?", position, consumer);
        database.Execute("delete from streamx_marks where consumer = ?", consumer);
    }

    private static long Oldest(Database database, StreamRow stream, long wallNow) =>
        database.Number(OldestKept, stream.Id, stream.Retention == 0 ? long.MaxValue : wallNow - stream.Retention) ?? stream.Head;
}
