namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// Notices that the broker no longer knows the consumer of a session, and ends the session. The next one consumes anew.
/// </summary>
/// <remarks>
/// A broker that ends a consumer says so, but what it says may be lost. The session would wait for good, on a queue that no longer has it.
/// A consumer that the broker moves to a queue made again is still counted there, so this watch cannot see it: see
/// <see cref="StreamAnnouncements.SendRemadeAsync"/>.
/// </remarks>
/// <param name="connection">The session's connection. The watch ends with it.</param>
/// <param name="queue">The queue of the consumer.</param>
/// <param name="clock">The clock.</param>
internal sealed class OwnConsumerWatch(BrokerConnection connection, string queue, TimeProvider clock)
{
    /// <summary>How often the watch looks while nothing comes.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How many looks in a row have to find messages without a consumer: one alone may meet a broker that is just handing them over.
    /// </summary>
    private const int Looks = 3;

    /// <summary>How many messages have come.</summary>
    private long _received;

    /// <summary>A message has come.</summary>
    internal void OnReceived() => Interlocked.Increment(ref _received);

    /// <summary>Looks until the connection ends. It does not fault.</summary>
    internal async Task RunAsync()
    {
        var probe = new ConsumerProbe(connection);
        await using (probe.ConfigureAwait(false))
        {
            try
            {
                for (var forsaken = 0; forsaken < Looks;)
                {
                    var received = Interlocked.Read(ref _received);
                    await Task.Delay(s_look, clock, connection.Ended).ConfigureAwait(false);
                    // A broker that takes no messages answers nothing either.
                    await connection.WhenUnblockedAsync().ConfigureAwait(false);
                    // While messages come there is nothing to ask.
                    var isForsaken = received == Interlocked.Read(ref _received)
                        && await probe.LookAsync(queue).ConfigureAwait(false) is { IsForsaken: true }
                        && received == Interlocked.Read(ref _received);
                    forsaken = isForsaken ? forsaken + 1 : 0;
                }

                connection.Fail(new TransportException(
                    $"The broker has ended the consumer of queue '{queue}' without a word: nothing takes what is in the queue."));
            }
            catch (OperationCanceledException)
            {
                // The connection has ended, and with it the session.
            }
        }
    }
}
