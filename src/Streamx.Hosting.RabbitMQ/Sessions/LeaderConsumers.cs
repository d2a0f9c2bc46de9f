namespace Streamx.Hosting.RabbitMQ;

/// <summary>The registered consumers, as a leader keeps them in the token.</summary>
/// <remarks>One change at a time: first the synchronization of the session makes them, then its housekeeping.</remarks>
/// <param name="connection">The leader's connection.</param>
/// <param name="lease">The lease.</param>
/// <param name="registry">Changes that are not in the token yet.</param>
/// <param name="memory">Keeps the names.</param>
/// <param name="positions">Gets the position of each consumer.</param>
/// <param name="processes">Gets where each consumer runs.</param>
/// <param name="onAmiss">Called with consumers whose registration has been deleted.</param>
internal sealed class LeaderConsumers(
    BrokerConnection connection, Lease lease, ConsumerRegistry registry, StreamMemory memory, ConsumerPositions positions,
    ConsumerProcesses processes, Action<string> onAmiss)
{
    /// <summary>Consumers that have been retired in this session: later messages of their processes do not bring them back.</summary>
    private readonly HashSet<string> _retired = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes announced changes into the token.</summary>
    internal async Task TakeInAsync()
    {
        var before = lease.Token.Names ?? [];
        var (names, tag) = await registry.ReadAsync(before).ConfigureAwait(false);
        foreach (var name in names)
        {
            memory.NoteName(name);
            positions.Add(name);
        }

        foreach (var name in before.Except(names, StringComparer.OrdinalIgnoreCase))
        {
            memory.Forget(name);
            _retired.Add(name);
            positions.Remove(name);
            processes.Remove(name);
        }

        if (tag == 0 && lease.Token.Epoch == lease.WrittenEpoch) return;
        await connection.RunAsync(
            () => lease.WriteAsync(token => token with { Names = names }), "Taking in the names of consumers").ConfigureAwait(false);
        if (tag != 0) await registry.ForgetAsync(tag).ConfigureAwait(false);
    }

    /// <summary>Takes announced changes into the token, and returns all consumers.</summary>
    internal async Task<IReadOnlyCollection<string>> LookAsync()
    {
        await TakeInAsync().ConfigureAwait(false);
        return [.. positions.Snapshot().Keys];
    }

    /// <summary>Registers a consumer whose processes run, but whose registration has been deleted.</summary>
    internal async Task AdoptAsync(string name)
    {
        if (_retired.Contains(name) || positions.Has(name)) return;
        await connection.RunAsync(
            () => lease.WriteAsync(token => token with { Names = [.. token.Names ?? [], name] }),
            $"Registering '{name}'").ConfigureAwait(false);
        memory.NoteName(name);
        positions.Add(name);
        onAmiss($"Consumer '{name}' runs, and was not registered: what knew of it has been deleted. It is registered again.");
    }
}
