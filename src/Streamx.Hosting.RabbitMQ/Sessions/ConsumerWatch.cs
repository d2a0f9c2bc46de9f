namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// Looks every few seconds for what an operator may have deleted, for consumers without a process, and for consumers that a process has
/// just taken over without knowing it.
/// </summary>
/// <remarks>
/// It acts on late values instead of waiting for them. If a consumer is behind and has not moved since the last look, its queue is bound
/// again and it is asked what it has received. The leader then puts again what it lacks.
/// </remarks>
/// <param name="connection">The leader's connection. The watch ends with it.</param>
/// <param name="topology">The names of queues.</param>
/// <param name="positions">Has the registered consumers.</param>
/// <param name="processes">Gets what was seen.</param>
/// <param name="ask">Asks every consumer for its position.</param>
/// <param name="restore">Restores exchanges, bindings and queues, for consumers that are late.</param>
/// <param name="head">The last number appended.</param>
/// <param name="clock">The clock.</param>
internal sealed class ConsumerWatch(
    BrokerConnection connection, Topology topology, ConsumerPositions positions, ConsumerProcesses processes, Func<Task> ask,
    Func<IReadOnlyCollection<string>, Task> restore, Func<long> head, TimeProvider clock)
{
    /// <summary>How often the watch looks. It takes two looks to find that a consumer has no process, or is late.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(3);

    /// <summary>After how many looks a consumer that is still late is asked again.</summary>
    private const int Again = 5;

    /// <summary>The position of each consumer at the last look, and for how many looks it has been behind there.</summary>
    private readonly Dictionary<string, (long Position, int Looks)> _seen = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Looks until the connection ends. It does not fault.</summary>
    internal async Task RunAsync()
    {
        var probe = new ConsumerProbe(connection);
        await using (probe.ConfigureAwait(false))
        {
            try
            {
                while (!connection.Ended.IsCancellationRequested)
                {
                    await Task.Delay(s_look, clock, connection.Ended).ConfigureAwait(false);
                    // A broker that takes no messages answers nothing either: the session would end for that.
                    await connection.WhenUnblockedAsync().ConfigureAwait(false);
                    await LookAsync(probe).ConfigureAwait(false);
                }
            }
            catch (Exception error) when (error is TransportException or OperationCanceledException)
            {
                // The connection has ended, and with it the session.
            }
        }
    }

    private async Task LookAsync(ConsumerProbe probe)
    {
        var isUnclear = false;
        List<string> late = [];
        foreach (var (name, position) in positions.Snapshot())
        {
            if (await probe.LookAsync(topology.Values(name)).ConfigureAwait(false) is not { } queue) continue;
            processes.OnLook(name, queue.HasConsumer);
            isUnclear |= queue.HasConsumer && processes.IsNewlyUnclear(name);
            if (queue.HasConsumer && IsLate(name, position)) late.Add(name);
        }

        await restore(late).ConfigureAwait(false);
        // The process that has a consumer's values now answers, also if there are none.
        if (isUnclear || late.Count > 0) await ask().ConfigureAwait(false);
    }

    private bool IsLate(string name, long position)
    {
        var before = _seen.GetValueOrDefault(name);
        var looks = position < head() && position == before.Position ? before.Looks + 1 : 0;
        _seen[name] = (position, looks);
        return looks % Again == 1;
    }
}
