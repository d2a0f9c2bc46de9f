namespace Streamx.Hosting.Sql.Sessions;

/// <summary>What a leader knows of the durable consumers: their positions, and the processes that have joined as them.</summary>
internal static class LeaderView
{
    private const string Consumers = "select id, name, position, active from streamx_consumers where stream = ?";
    private const string Sessions =
        "select id, process, consumer, instance from streamx_sessions where stream = ? and consumer is not null order by id";

    /// <summary>Reads it.</summary>
    internal static void Read(Database database, SqlProcesses live, long stream, ConsumerPositions positions, ConsumerProcesses processes)
    {
        Dictionary<long, Line> consumers = [];
        using (var rows = database.Query(Consumers, stream))
        {
            while (rows.Read())
            {
                var name = rows.Text(1)!;
                consumers[rows.Number(0)] = new Line(name, rows.NumberOrNull(3), []);
                positions.Add(name);
                positions.Report(name, rows.Number(2));
            }
        }

        foreach (var gone in positions.Snapshot().Keys.Except(consumers.Values.Select(consumer => consumer.Name), Names.Comparer))
        {
            positions.Remove(gone);
            processes.Remove(gone);
        }

        using (var rows = database.Query(Sessions, stream))
        {
            while (rows.Read())
            {
                if (!consumers.TryGetValue(rows.Number(2), out var consumer) || !live.WasLive(rows.Number(1))) continue;
                var isActive = rows.Number(0) == consumer.Active;
                consumer.HasActive |= isActive;
                // The active one stands first.
                consumer.Instances.Insert(isActive ? 0 : consumer.Instances.Count, rows.Text(3));
            }
        }

        // Where no live session is active, the first in line is about to take over.
        foreach (var consumer in consumers.Values.Where(consumer => consumer.HasActive || consumer.Instances.Count == 0))
            processes.Set(consumer.Name, consumer.Instances);
    }

    /// <summary>The sessions of a consumer.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Active">The active one; null for none.</param>
    /// <param name="Instances">The processes of those that live.</param>
    private sealed record Line(string Name, long? Active, List<string?> Instances)
    {
        /// <summary>Whether the active one lives.</summary>
        internal bool HasActive { get; set; }
    }
}
