using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Lifetime;

/// <summary>Stops the host when a stream or a worker fails, at once, and when all streams that are to stop it have completed.</summary>
/// <param name="streams">The streams.</param>
/// <param name="lifetime">Stops the host.</param>
/// <param name="isEnding">Whether the host has begun to end the streams.</param>
/// <param name="logger">The log.</param>
internal sealed class StreamWatch(
    IReadOnlyList<HostedStream> streams, IHostApplicationLifetime lifetime, Func<bool> isEnding, ILogger logger)
{
    /// <summary>How many streams that stop the host when completed have not completed.</summary>
    private int _awaited = streams.Count(stream => stream.Options.StopHostWhenCompleted);

    /// <summary>Watches all of them.</summary>
    /// <param name="ended">Ends when every stream has been ended; watching ends with it.</param>
    internal Task RunAsync(Task ended) => Task.WhenAll(streams.Select(stream => WatchAsync(stream, ended)));

    private async Task WatchAsync(HostedStream stream, Task ended)
    {
        var completed = stream.WhenConsumersReturnedAsync();
        if (await Task.WhenAny(stream.WhenFailed, completed, ended).ConfigureAwait(false) == completed && !stream.HasFailed)
            OnCompleted(stream);
        // A worker may still fail after the end of its stream.
        await Task.WhenAny(stream.WhenFailed, ended).ConfigureAwait(false);
        if (!stream.HasFailed) return;
        var error = await stream.WhenFailed.ConfigureAwait(false);
        ExitCodes.Set(ExitCodes.Fault);
        StopHost();
        Log.StoppingAfterFailure(logger, stream.Name, error.GetType().Name, ExitCodes.Fault);
    }

    private void OnCompleted(HostedStream stream)
    {
        if (isEnding()) return;
        Log.StreamCompleted(logger, stream.Name, stream.ValuesAccepted);
        if (!stream.Options.StopHostWhenCompleted || Interlocked.Decrement(ref _awaited) > 0) return;
        Log.StoppingAfterCompletion(logger);
        StopHost();
    }

    /// <summary>Stops the host once it has started: stopping it earlier would cancel the start, and with it the drain.</summary>
    private void StopHost() => lifetime.ApplicationStarted.Register(lifetime.StopApplication);
}
