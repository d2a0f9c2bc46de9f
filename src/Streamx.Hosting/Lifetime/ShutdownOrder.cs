using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Lifetime;

/// <summary>Ends all streams of a host, each after the streams whose workers may still put into it.</summary>
/// <remarks>
/// <para>A consumer of one stream may put into another through its injected writer. So such a stream closes only after the consumers
/// of the streams without an injected writer, and of the streams registered before it, have ended; or at half its deadline. A stream that
/// processors put into waits for those processors in any case. They end with their own input: upstream before downstream. So each stream
/// waits only for streams that come before it in the order, and none waits for itself.</para>
/// <para>A stream that application code has put into stays open until the host has stopped its services, and so do the streams downstream
/// of it.</para>
/// </remarks>
internal sealed class ShutdownOrder(
    IReadOnlyList<HostedStream> streams, TimeSpan shutdownTimeout, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>Ends every stream.</summary>
    /// <param name="onResting">Called when there is nothing more to do before the host stops its services.</param>
    /// <param name="servicesStopped">Ends when the host has stopped its services.</param>
    /// <param name="now">Cancelled when the host will wait no longer.</param>
    /// <returns>The outcome of each stream, in the order of registration.</returns>
    internal async Task<StreamShutdownReport[]> RunAsync(Action onResting, Task servicesStopped, CancellationToken now)
    {
        var reports = EndAll(servicesStopped, now, out var resting);
        await resting.ConfigureAwait(false);
        onResting();
        return await Task.WhenAll(streams.Select(stream => reports[stream])).ConfigureAwait(false);
    }

    private Dictionary<HostedStream, Task<StreamShutdownReport>> EndAll(Task servicesStopped, CancellationToken now, out Task resting)
    {
        Dictionary<HostedStream, Task<StreamShutdownReport>> reports = [];
        var sources = streams.ToDictionary(stream => stream, _ => new List<StreamShutdown>());
        var allResting = Task.FromResult(false);
        Task allEnded = Task.CompletedTask;
        foreach (var stream in ProcessorGraph.InOrder(streams))
        {
            var budget = DrainBudget.Divide(stream.Options, shutdownTimeout, out var wasCapped);
            if (wasCapped)
                Log.DrainTimeoutTooLong(logger, stream.Name, stream.Options.DrainTimeout!.Value.TotalSeconds, budget.Drain.TotalSeconds);
            var ending = new StreamShutdown(stream, budget, timeProvider, logger);
            var before = stream.HasInjectedWriter ? allResting : AnyAsync(sources[stream].Select(source => source.WhenResting));
            reports[stream] = EndAsync(stream, ending.RunAsync(before, allEnded, servicesStopped, now));
            allEnded = Task.WhenAll(allEnded, reports[stream]);
            allResting = AnyAsync([allResting, ending.WhenResting]);
            foreach (var target in ProcessorGraph.Targets(stream)) sources[target].Add(ending);
        }

        resting = allResting;
        return reports;
    }

    private async Task<StreamShutdownReport> EndAsync(HostedStream stream, Task<StreamShutdownReport> ending)
    {
        try
        {
            return await ending.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await stream.AbortAsync().ConfigureAwait(false);
            Log.EndingFailed(logger, error, stream.Name);
            throw;
        }
    }

    private static async Task<bool> AnyAsync(IEnumerable<Task<bool>> tasks) =>
        (await Task.WhenAll(tasks).ConfigureAwait(false)).Contains(true);
}
