using Streamx.Engine;

namespace Streamx;

/// <summary>Puts with a limit on the wait.</summary>
public static class StreamWriterExtensions
{
    /// <summary>Hands <paramref name="value"/> to the stream if there is room for it in time.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="writer">The stream, or a writer of it.</param>
    /// <param name="value">The value every subscription will see.</param>
    /// <param name="timeout">
    /// How long the put may wait for its turn and for room. <see cref="TimeSpan.Zero"/> tries once and never waits;
    /// <see cref="Timeout.InfiniteTimeSpan"/> sets no limit.
    /// </param>
    /// <param name="cancellationToken">
    /// Withdraws the put while it still waits. When both have come, the token wins over the timeout.
    /// </param>
    /// <returns>True when the value was accepted; false when there was no room in time, and then no subscription gets the value.</returns>
    /// <remarks>
    /// <para>As <see cref="IStreamWriter{T}.PutAsync"/> in everything else. May be called from any number of threads at once.</para>
    /// <para>Over a transport the timeout ends the wait for room only: once the value has been sent, the call waits for the outcome.
    /// With <see cref="TimeSpan.Zero"/> it does not wait for that either, as <see cref="IStreamWriter{T}.TryPut"/> does not.</para>
    /// <para>Time is that of the stream's clock. For a writer of another library it is the system's, and the writer has to withdraw a
    /// put that is cancelled.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="writer"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="timeout"/> is negative, but not infinite, or longer than a timer can wait (49 days).
    /// </exception>
    /// <exception cref="StreamClosedException">The stream is closed, or no subscription was left to take the value.</exception>
    /// <exception cref="StreamFaultedException">The stream has faulted.</exception>
    /// <exception cref="InvalidOperationException">
    /// The put comes from inside the stream's own consumer, or there is no subscription and the stream is set to <see
    /// cref="NoSubscribers.Throw"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// The put was cancelled before it was accepted: no subscription gets the value.
    /// </exception>
    public static ValueTask<bool> TryPutAsync<T>(
        this IStreamWriter<T> writer, T value, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout.TotalMilliseconds, uint.MaxValue - 1d, nameof(timeout));
        }

        return PutInTimeAsync(writer, value, timeout, cancellationToken);
    }

    private static async ValueTask<bool> PutInTimeAsync<T>(
        IStreamWriter<T> writer, T value, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            await writer.PutAsync(value, cancellationToken).ConfigureAwait(false);
            return true;
        }

        // Without a timer where there is room. Over a transport a try does not wait for the outcome, so there it stands for a timeout of
        // zero only.
        if ((timeout == TimeSpan.Zero || writer is AsyncStream<T>) && writer.TryPut(value)) return true;
        var clock = writer is IStreamClock own ? own.TimeProvider : TimeProvider.System;
        using var limit = new CancellationTokenSource(timeout == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : timeout, clock);
        using var cancelled = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), limit);
        var put = writer.PutAsync(value, limit.Token);
        // The try has failed for want of room, or for a reason that only a put tells.
        if (timeout == TimeSpan.Zero) await limit.CancelAsync().ConfigureAwait(false);
        try
        {
            // A put that is cancelled has committed or not, never both: the stream decides that in its one order.
            await put.ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
