namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Takes what a session delivers: gives the consumer its values, and recognises ends, losses and repeats.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <param name="local">The consumer's stream.</param>
/// <param name="reader">Reads values.</param>
/// <param name="lost">Notes values that will not come.</param>
/// <param name="events">The stream of which the consumer is a part.</param>
/// <param name="onFailure">What is done with a value that cannot be read.</param>
/// <param name="mayDeliver">Ends when the consumer may be given values.</param>
internal sealed class DeliveryIntake<T>(
    DeliveryStream<T> local, ValueReader<T> reader, LostValues lost, IRemoteEvents events, ConsumerFailure onFailure, Task mayDeliver)
{
    /// <summary>Takes deliveries until the session is over, or the consumer has left or come to the end of the stream.</summary>
    /// <param name="session">The session.</param>
    /// <param name="fence">Its fence.</param>
    /// <param name="finished">The number up to which this process had finished everything when the session began.</param>
    /// <param name="reports">Receives every delivery, in order.</param>
    /// <param name="ended">Ends the intake.</param>
    /// <returns>Whether the consumer has come to the end of the stream.</returns>
    internal async Task<bool> RunAsync(
        IJoinSession session, SessionFence fence, FinishedNumber finished, FinishReports reports, CancellationToken ended)
    {
        await session.Deliveries.WaitToReadAsync(ended).ConfigureAwait(false);
        await mayDeliver.WaitAsync(ended).ConfigureAwait(false);
        // The consumer first settles what it had in hand when an earlier session was lost: this session may deliver the same values again.
        await local.FlushAsync(ended).ConfigureAwait(false);
        await foreach (var delivery in session.Deliveries.ReadAllAsync(ended).ConfigureAwait(false))
        {
            if (delivery.IsEnd)
            {
                await local.FlushAsync(ended).ConfigureAwait(false);
                // Since then a value may have been passed over; it will be delivered again.
                if (!fence.IsOpen) return false;
                reports.Add(Delivery.NotGiven(delivery));
                // A process that puts came to open the stream again: an end decided before it came is not its end.
                if (delivery.IsPastEnd && events.OpensStream) continue;
                return true;
            }

            if (delivery.IsBeyondEnd)
            {
                // For processes that came later. The end itself has gone to another process of this consumer.
                await local.FlushAsync(ended).ConfigureAwait(false);
                return fence.IsOpen;
            }

            if (!finished.Covers(delivery))
            {
                var attachment = local.Attachment;
                if (delivery.LostFrom is { } first)
                {
                    lost.Add(Math.Max(first, finished.StreamId == delivery.StreamId ? finished.Sequence + 1 : first), delivery.Sequence);
                }
                else if (reader.TryRead(delivery, out var value))
                {
                    var given = new Delivery<T>(value, delivery, fence);
                    if (!await local.TryGiveAsync(given, ended).ConfigureAwait(false)) return false;
                    reports.Add(given);
                    continue;
                }
                else if (onFailure != ConsumerFailure.Skip)
                {
                    if (onFailure == ConsumerFailure.Detach) local.NoteLeft(attachment);
                    return false;
                }
            }

            reports.Add(Delivery.NotGiven(delivery));
        }

        return false;
    }
}
