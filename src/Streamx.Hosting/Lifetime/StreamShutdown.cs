using Microsoft.Extensions.Logging;

namespace Streamx.Hosting;

/// <summary>Ends one stream when the host stops: producers first, then close, drain, and abort if need be.</summary>
internal sealed class StreamShutdown(HostedStream stream, DrainBudget budget, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>Ends the stream within its budget.</summary>
    /// <param name="writersDone">Ends when the services that may hold an injected writer have had their chance to stop.</param>
    /// <param name="hurry">Cancelled when the host will wait no longer: everything still going on is aborted.</param>
    internal async Task<StreamShutdownReport> RunAsync(Task writersDone, CancellationToken hurry)
    {
        var started = timeProvider.GetTimestamp();
        var hadEnded = stream.Drained.IsCompleted;
        using var closing = new Deadline(budget.UntilClose, timeProvider, hurry);
        using var draining = new Deadline(budget.Drain, timeProvider, hurry);

        var producers = Task.WhenAll([stream.CancelProducersAsync(), .. stream.Producers.Select(producer => producer.Run)]);
        if (!await closing.WaitAsync(producers).ConfigureAwait(false)) Log.ProducersStillRunning(logger, stream.Name, StillRunning(stream.Producers));
        if (stream.HasInjectedWriter) await closing.WaitAsync(writersDone).ConfigureAwait(false);
        stream.Close();

        var consumers = Task.WhenAll([stream.Drained, .. stream.Consumers.Select(consumer => consumer.Run)]);
        var drained = await draining.WaitAsync(consumers).ConfigureAwait(false);
        if (!drained) await AbortAsync(consumers).ConfigureAwait(false);

        var elapsed = hadEnded ? TimeSpan.Zero : timeProvider.GetElapsedTime(started);
        return Report(drained, elapsed);
    }

    private async Task AbortAsync(Task consumers)
    {
        Log.DrainAborted(logger, stream.Name, budget.Drain, string.Join(", ", stream.Unfinished()));
        var aborted = stream.AbortConsumersAsync();
        using var returning = new Deadline(budget.AfterAbort, timeProvider);
        if (!await returning.WaitAsync(Task.WhenAll(aborted, consumers)).ConfigureAwait(false))
            Log.ConsumersStillRunning(logger, stream.Name, StillRunning(stream.Consumers));
    }

    private StreamShutdownReport Report(bool drained, TimeSpan elapsed)
    {
        var report = new StreamShutdownReport
        {
            Name = stream.Name,
            Outcome = stream.WhenFaulted.IsCompleted ? ShutdownOutcome.Faulted : drained ? ShutdownOutcome.Drained : ShutdownOutcome.Aborted,
            ValuesAccepted = stream.ValuesAccepted,
            DrainTime = elapsed,
            Consumers = stream.ReportConsumers(),
        };
        Log.StreamEnded(logger, report.Name, report.Outcome, report.ValuesAccepted, elapsed.TotalSeconds);
        foreach (var consumer in report.Consumers)
        {
            Log.ConsumerEnded(
                logger, report.Name, consumer.Name, consumer.Finished, consumer.Aborted, consumer.Undelivered, consumer.TimeWaitedFor.TotalSeconds);
        }

        return report;
    }

    private static string StillRunning(IEnumerable<Worker> workers) =>
        string.Join(", ", workers.Where(worker => !worker.Run.IsCompleted).Select(worker => worker.Name));
}
