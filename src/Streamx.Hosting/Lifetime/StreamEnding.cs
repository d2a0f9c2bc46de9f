using Microsoft.Extensions.Logging;

namespace Streamx.Hosting;

/// <summary>Ends one stream when the host stops: producers first, then close, drain, and abort if need be.</summary>
internal sealed class StreamEnding(HostedStream stream, DrainBudget budget, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>Ends the stream within its budget.</summary>
    /// <param name="writersDone">Ends when the services that may hold an injected writer have had their chance to stop.</param>
    /// <param name="now">Cancelled when the host will wait no longer: everything still going on is aborted.</param>
    internal async Task<StreamShutdownReport> RunAsync(Task writersDone, CancellationToken now)
    {
        var started = timeProvider.GetTimestamp();
        var hadEnded = stream.Drained.IsCompleted;
        using var closing = new Deadline(budget.UntilClose, timeProvider, now);
        using var draining = new Deadline(budget.Drain, timeProvider, now);

        var producers = Task.WhenAll(stream.CancelProducersAsync(), stream.WhenProducersEnded());
        if (!await closing.WaitAsync(producers).ConfigureAwait(false)) Log.ProducersStillRunning(logger, stream.Name, StillRunning(stream.Producers));
        // Processors end with their input, which drains within the same time: to close before would lose what they still put.
        await draining.WaitAsync(stream.Inputs.WhenProcessorsEnded()).ConfigureAwait(false);
        if (stream.HasInjectedWriter) await closing.WaitAsync(writersDone).ConfigureAwait(false);
        stream.Close(CloseReason.Shutdown);

        var consumers = stream.WhenConsumersReturnedAsync();
        // In time it may be cut short, too: by the abort of a stream that its processors put into.
        var wasAborted = await draining.WaitAsync(consumers).ConfigureAwait(false)
            ? stream.Consumers.Any(consumer => consumer.WasAborted)
            : await AbortAsync(consumers, started).ConfigureAwait(false);
        // It has drained by now, one way or the other; an abort that leaves no time for consumers must not cut off its measurement.
        await stream.WhenEndRecorded.ConfigureAwait(false);
        return Report(hadEnded ? TimeSpan.Zero : timeProvider.GetElapsedTime(started), wasAborted);
    }

    /// <summary>Aborts the stream. Whether that cost anything: a value somebody had not finished, or a consumer cut short.</summary>
    private async Task<bool> AbortAsync(Task consumers, long started)
    {
        var unfinished = stream.Unfinished();
        if (unfinished.Count > 0) Log.DrainAborted(logger, stream.Name, timeProvider.GetElapsedTime(started), string.Join(", ", unfinished));
        var aborted = stream.AbortAsync();
        using var returning = new Deadline(budget.AfterAbort, timeProvider);
        if (!await returning.WaitAsync(Task.WhenAll(aborted, consumers)).ConfigureAwait(false))
            Log.ConsumersStillRunning(logger, stream.Name, StillRunning(stream.Consumers));
        return unfinished.Count > 0 || stream.Consumers.Any(consumer => consumer.WasAborted);
    }

    private StreamShutdownReport Report(TimeSpan elapsed, bool wasAborted)
    {
        var report = new StreamShutdownReport
        {
            Name = stream.Name,
            Outcome = stream.HasFailed ? ShutdownOutcome.Faulted : wasAborted ? ShutdownOutcome.Aborted : ShutdownOutcome.Drained,
            ValuesAccepted = stream.ValuesAccepted,
            DrainTime = elapsed,
            Consumers = stream.ReportConsumers(),
        };
        Log.StreamEnded(logger, report.Name, report.Outcome, report.ValuesAccepted, elapsed.TotalSeconds);
        foreach (var consumer in report.Consumers)
        {
            stream.Telemetry.OnUndelivered(consumer.Name, consumer.Undelivered);
            Log.ConsumerEnded(
                logger, report.Name, consumer.Name, consumer.Finished, consumer.Skipped, consumer.DeadLettered, consumer.Aborted, consumer.Undelivered, consumer.TimeWaitedFor.TotalSeconds);
        }

        return report;
    }

    private static string StillRunning(IEnumerable<Worker> workers)
    {
        var names = string.Join(", ", workers.Where(worker => !worker.Run.IsCompleted && worker is not ConsumerWorker { IsTakenOut: true }).Select(worker => worker.Name));
        return names.Length > 0 ? names : "a callback on their token";
    }
}
