namespace Streamx.Hosting.Remote;

/// <summary>Warns, once, of a put or a flush for which the start of the host may wait.</summary>
/// <remarks>
/// Consumers of this process are given values only when every hosted service has started. A service whose start awaits a flush, or a put
/// without room, waits for them, or for a transport that cannot be reached: the start would hang without a message.
/// </remarks>
internal static class StartWarning
{
    /// <summary>How long a call must have waited at least.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Watches the start. It does not fault.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="started">Ends when the host has started, or the stream has ended.</param>
    /// <param name="isAnythingWaiting">Whether a put or a flush waits.</param>
    internal static async Task RunAsync<T>(HostedStream<T> stream, Task started, Func<bool> isAnythingWaiting)
    {
        // Two looks in a row: a call has waited for at least that long.
        for (var looks = 0; looks < 2; looks = isAnythingWaiting() ? looks + 1 : 0)
        {
            await started.WaitAsync(s_patience, stream.TimeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (started.IsCompleted) return;
        }

        Log.StartIsHeldUp(stream.Logger, stream.Name);
    }
}
