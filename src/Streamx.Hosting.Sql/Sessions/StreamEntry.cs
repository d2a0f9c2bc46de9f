namespace Streamx.Hosting.Sql.Sessions;

/// <summary>How a process comes to its stream in a store: the first step of every call, in the call's transaction.</summary>
internal static class StreamEntry
{
    /// <summary>Finds the stream, or makes it. If the store has lost what this process knew, gives it that back.</summary>
    /// <remarks>
    /// An older copy of the stream gets another id. That ends the sessions of every process on it, and no process takes the numbers that
    /// are given from now on for those that it has finished. It is certain to this process alone, so it does that in this transaction.
    /// </remarks>
    /// <param name="database">The connection, in a transaction.</param>
    /// <param name="transport">The stream, as this process takes part in it.</param>
    internal static StreamRow Ensure(Database database, SqlTransport transport)
    {
        var row = StreamRow.Ensure(database, transport.Stream);
        var memory = transport.Memory;
        if (!memory.IsLost(row)) return row;
        if (memory.Knows(row.Id)) row = row.Renew(database);
        else if (row.Epoch > 0) return Registered(row);
        // Numbers and epochs never go back. An end that is not complete has its number; its leader begins behind what it knows.
        if (row.EndsAt is null)
        {
            row.SkipTo(database, memory.Highest, memory.Epoch, transport.WallNow);
            database.Execute($"update streamx_streams set epoch = {Dialect.Greatest}(epoch, ?) where id = ?", memory.Epoch, row.Id);
            row = StreamRow.Find(database, row.Id)!.Value;
        }

        return Registered(row);

        StreamRow Registered(StreamRow found)
        {
            ConsumerRows.Register(database, found, memory.Consumers, StartFrom.Now, transport.WallNow);
            return found;
        }
    }

    /// <summary>Remembers a stream once what <see cref="Ensure"/> did is committed. For the store's thread.</summary>
    /// <param name="transport">The stream, as this process takes part in it.</param>
    /// <param name="store">The store.</param>
    /// <param name="row">The stream.</param>
    /// <returns>How many ends had been decided when this process first came to it.</returns>
    internal static long Meet(SqlTransport transport, SqlStore store, StreamRow row)
    {
        var before = transport.Memory.Meet(row);
        if (before is { } lost)
        {
            // Its sessions learn that it is gone.
            store.MarkStale(lost);
            transport.OnForgotten?.Invoke();
        }

        store.MarkStale(row.Id);
        return transport.Memory.EndsBefore;
    }
}
