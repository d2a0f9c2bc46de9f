using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Knows since when a connection may have been given up by the broker. Safe from any thread.</summary>
/// <remarks>
/// <para>The broker gives a connection up, and its messages to another process, once it has received nothing on it for two heartbeats.
/// What a process receives does not show what the broker receives: the network may lose one direction alone, and what it held up may
/// arrive long after the broker has given the connection up. Only an answer shows that its question has arrived, which was not before the
/// question was sent. So the age of the last question that was answered is never less than the time for which the broker has received
/// nothing.</para>
/// <para>The age is compared when it matters, not when a timer fires: a process that was paused, or whose timers are late, finds the same
/// answer as one that ran.</para>
/// <para>A broker that takes no messages answers nothing, and gives no connection up. It counts anew when it takes messages again, which a
/// process that is paused hears of too late. So during that time the age is that of the last moment at which the process was seen to run,
/// and hearing that it is over proves nothing: only the next answer does.</para>
/// </remarks>
/// <param name="heartbeat">The heartbeat that broker and client have agreed on.</param>
/// <param name="clock">The clock, which runs during a pause.</param>
internal sealed class BrokerContact(TimeSpan heartbeat, TimeProvider clock)
{
    /// <summary>
    /// When the last question that was answered was sent. At first when the connection was opened: a channel is opened next.
    /// </summary>
    private long _provenAt = clock.GetTimestamp();

    /// <summary>When this process was last seen to run while the broker took no messages.</summary>
    private long _ranAt;

    /// <summary>How often the broker has begun to take messages again.</summary>
    private int _restarts;

    /// <summary>How often the broker is asked.</summary>
    private readonly TimeSpan _interval = heartbeat / 4;

    /// <summary>
    /// The age from which the connection counts as given up: less than two heartbeats, so that what is begun just before is begun in time.
    /// </summary>
    private readonly TimeSpan _limit = heartbeat * 1.75;

    /// <summary>Whether the broker may have given the connection up.</summary>
    /// <param name="isBlocked">Whether the broker takes no messages, as far as is known.</param>
    /// <param name="age">For how long that has been possible.</param>
    internal bool IsTooOld(bool isBlocked, out TimeSpan age)
    {
        var since = Interlocked.Read(ref _provenAt);
        if (isBlocked) since = Math.Max(since, Interlocked.Read(ref _ranAt));
        return (age = clock.GetElapsedTime(since)) > _limit;
    }

    /// <summary>The broker takes messages again, and has begun to count anew since this process was last seen to run.</summary>
    internal void Restart()
    {
        Prove(Interlocked.Read(ref _ranAt));
        Interlocked.Increment(ref _restarts);
    }

    /// <summary>
    /// While the broker takes no messages, notes again and again that this process runs, until the connection ends. It does not fault.
    /// </summary>
    internal async Task WatchAsync(BrokerConnection connection)
    {
        try
        {
            while (true)
            {
                await Task.Delay(_interval, clock, connection.Ended).ConfigureAwait(false);
                // Before the check: a pause between the two must not count as running.
                var now = clock.GetTimestamp();
                if (!connection.Lasts) return;
                if (connection.IsBlocked) Interlocked.Exchange(ref _ranAt, now);
            }
        }
        catch (OperationCanceledException)
        {
            // The connection has ended.
        }
    }

    /// <summary>Asks the broker again and again, until the connection ends. It does not fault.</summary>
    internal async Task KeepAsync(BrokerConnection connection)
    {
        try
        {
            IChannel? channel = null;
            for (var wait = _interval; ;)
            {
                await Task.Delay(wait, clock, connection.Ended).ConfigureAwait(false);
                await connection.WhenUnblockedAsync().ConfigureAwait(false);
                // A gap that was too long is final, also if the broker has not given the connection up in it.
                if (!connection.Lasts) return;
                var restarts = Volatile.Read(ref _restarts);
                var askedAt = clock.GetTimestamp();
                await connection.RunAsync(
                    async () =>
                    {
                        channel ??= await connection.OpenProbeAsync().ConfigureAwait(false);
                        // Changes nothing, since the channel has no consumers, and needs no right.
                        await channel.BasicQosAsync(
                            prefetchSize: 0, prefetchCount: 0, global: false, connection.Ended).ConfigureAwait(false);
                    },
                    "Asking whether the broker still answers",
                    _limit).ConfigureAwait(false);
                if (connection.Lasts) Prove(askedAt);
                // A question that had to wait for the broker to take messages proves nothing about the time since.
                wait = restarts == Volatile.Read(ref _restarts) ? _interval : TimeSpan.Zero;
            }
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            // The connection has ended.
        }
    }

    private void Prove(long sentAt)
    {
        for (var known = Interlocked.Read(ref _provenAt); sentAt > known; known = Interlocked.Read(ref _provenAt))
            if (Interlocked.CompareExchange(ref _provenAt, sentAt, known) == known) return;
    }
}
