namespace Streamx.Hosting.RabbitMQ;

/// <summary>Looks every few seconds for names that run nowhere, and for those that somebody has just taken over without knowing it.</summary>
/// <param name="connection">The leader's connection. It ends with that.</param>
/// <param name="topology">The names of queues.</param>
/// <param name="positions">Has the registered names.</param>
/// <param name="processes">Told what was seen.</param>
/// <param name="ask">Asks every name where it is.</param>
/// <param name="clock">The clock.</param>
internal sealed class NameWatch(BrokerConnection connection, Topology topology, NamePositions positions, NameProcesses processes, Func<Task> ask, TimeProvider clock)
{
    /// <summary>How often names are looked at. It takes two looks to say that one runs nowhere.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(3);

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
        foreach (var name in positions.Snapshot().Keys)
        {
            if (await probe.HasConsumerAsync(topology.Values(name)).ConfigureAwait(false) is not { } hasProcess) continue;
            processes.OnLook(name, hasProcess);
            isUnclear |= hasProcess && processes.IsNewlyUnclear(name);
        }

        // Whoever has a name's values now answers, also if there are none.
        if (isUnclear) await ask().ConfigureAwait(false);
    }
}
