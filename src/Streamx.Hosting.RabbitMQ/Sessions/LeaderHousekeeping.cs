namespace Streamx.Hosting.RabbitMQ;

/// <summary>What a leader does beside appending: hears of consumers, and writes the token again and again.</summary>
/// <param name="connection">The leader's connection, with which it ends.</param>
/// <param name="lease">The lease.</param>
/// <param name="inbox">The consumers' reports.</param>
/// <param name="messages">What the leader appends.</param>
/// <param name="consumers">The registered consumers.</param>
/// <param name="positions">Gets the position of each consumer.</param>
/// <param name="consumerTimeout">How long the broker lets the leader hold the token.</param>
/// <param name="clock">The clock.</param>
internal sealed class LeaderHousekeeping(
    BrokerConnection connection, Lease lease, LeaderInbox inbox, LeaderMessages messages, LeaderConsumers consumers,
    ConsumerPositions positions, TimeSpan consumerTimeout, TimeProvider clock)
{
    /// <summary>How often the token is written again at least.</summary>
    private static readonly TimeSpan s_renewal = TimeSpan.FromMinutes(5);

    /// <summary>How often the token is written again while values are appended: the next leader knows at least so far.</summary>
    private static readonly TimeSpan s_note = TimeSpan.FromSeconds(1);

    /// <summary>How often the token is written again: the broker ends a channel that holds a delivery for too long.</summary>
    private TimeSpan Renewal => consumerTimeout / 6 is var part && part < s_renewal ? part : s_renewal;

    /// <summary>Goes on until the connection ends. It does not fault.</summary>
    internal async Task RunAsync()
    {
        var writtenAt = clock.GetTimestamp();
        var heard = new EventWait(inbox.Events, clock, connection.Ended);
        try
        {
            while (!connection.Ended.IsCancellationRequested)
            {
                if (await heard.WaitAsync(s_note).ConfigureAwait(false))
                    while (inbox.Events.TryRead(out var heardOf)) await OnEventAsync(heardOf).ConfigureAwait(false);

                var sinceWritten = clock.GetElapsedTime(writtenAt);
                if (sinceWritten < (messages.Headed(lease.Token).Head == lease.Token.Head ? Renewal : s_note)) continue;
                writtenAt = clock.GetTimestamp();
                await connection.RunAsync(() => lease.WriteAsync(messages.Headed), "Renewing the lease").ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            // The connection has ended, and with it the session.
        }
    }

    private async Task OnEventAsync(LeaderEvent heard)
    {
        if (heard.Answer is { } answer)
        {
            if (answer.Epoch != lease.Token.Epoch) return;
            // The consumer joined, or joined again with a new queue. The next session puts again what it lacks.
            if (heard.IsMissing || (answer.Received != Checkpoint.None && answer.Received < answer.Head))
            {
                connection.Fail(
                    new TransportException(
                        $"Consumer '{answer.Name}' has received {answer.Received} of {answer.Head} values: its queue has lost some. They "
                        + "are put again."));
            }
            else if (answer.Position != Checkpoint.None)
                positions.Report(answer.Name, answer.Position);
            return;
        }

        if (heard.IsUnknown)
        {
            if (positions.Has(heard.Name)) return;
            await consumers.AdoptAsync(heard.Name).ConfigureAwait(false);
        }

        await consumers.TakeInAsync().ConfigureAwait(false);
        // Also for a consumer that is known: its queue may be a new one, without the values of the old.
        if (positions.Count == 0) return;
        await messages.AskAsync().ConfigureAwait(false);
        await messages.RepeatEndAsync().ConfigureAwait(false);
    }
}
