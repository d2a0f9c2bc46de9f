using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Lifetime;

/// <summary>Ends one stream when the host stops: producers first, then close, drain, and abort if need be.</summary>
internal sealed class StreamShutdown(HostedStream stream, DrainBudget budget, TimeProvider timeProvider, ILogger logger)
{
    /// <inheritdoc cref="WhenResting"/>
    private readonly TaskCompletionSource<bool> _resting = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when there is nothing more to do for the stream before the host stops its services. It does not fault.</summary>
    /// <value>True for a stream that stays open until the services have stopped, false for one that has ended.</value>
    internal Task<bool> WhenResting => _resting.Task;

    /// <summary>Ends the stream within its budget.</summary>
    /// <param name="resting">
    /// Ends when the streams whose consumers may put into it rest. The result is whether any of them remains open.
    /// </param>
    /// <param name="ended">Ends when those streams have ended.</param>
    /// <param name="servicesStopped">Ends when the host has stopped its services: application code puts no more.</param>
    /// <param name="now">Cancelled when the host will wait no longer: everything still in progress is aborted.</param>
    internal async Task<StreamShutdownReport> RunAsync(Task<bool> resting, Task ended, Task servicesStopped, CancellationToken now)
    {
        try
        {
            var started = timeProvider.GetTimestamp();
            var hadEnded = stream.Drained.IsCompleted;
            using var draining = new Deadline(budget.Drain, timeProvider, now);
            stream.DrainDeadline = draining;
            await CloseAsync(draining, resting, ended, servicesStopped, now).ConfigureAwait(false);

            var consumers = stream.WhenConsumersReturnedAsync();
            // It may be cut short before the deadline, too: by the abort of a stream that its processors put into.
            var wasAborted = await draining.WaitAsync(consumers).ConfigureAwait(false)
                ? stream.Consumers.Any(consumer => consumer.WasAborted)
                : await AbortAsync(consumers, started).ConfigureAwait(false);
            // The stream has ended by now, drained or aborted. An abort that leaves no time for consumers must not cut off its measurement.
            await stream.WhenEndRecorded.ConfigureAwait(false);
            return Report(hadEnded ? TimeSpan.Zero : timeProvider.GetElapsedTime(started), wasAborted);
        }
        finally
        {
            _resting.TrySetResult(false);
        }
    }

    /// <summary>Closes the stream once no more values are put into it, or the time for that is up.</summary>
    private async Task CloseAsync(Deadline draining, Task<bool> resting, Task ended, Task servicesStopped, CancellationToken now)
    {
        using var closing = new Deadline(budget.UntilClose, timeProvider, now);
        using var accepting = new Deadline(budget.Accepting(stream.Options), timeProvider, now);
        stream.InjectedPuts.BeginTiming();
        await stream.CloseInOrderAsync(CloseReason.Shutdown, WaitForProducersAsync, WaitForInputAsync).ConfigureAwait(false);

        async Task WaitForProducersAsync(Task producers)
        {
            if (await closing.WaitAsync(producers).ConfigureAwait(false)) return;
            Log.ProducersStillRunning(logger, stream.Name, StillRunning(stream.Producers));
        }

        // The processors' input drains within the time of this stream.
        async Task WaitForInputAsync(Task processors)
        {
            await draining.WaitAsync(Task.WhenAny(processors, resting)).ConfigureAwait(false);
            var mayBePutInto = stream.HasInjectedWriter
                && await closing.WaitAsync(resting).ConfigureAwait(false)
                && await resting.ConfigureAwait(false);
            var isExpected = stream.InjectedPuts.AreExpected;
            if (isExpected || mayBePutInto || !processors.IsCompleted)
            {
                // Only a writer that has been used gets time: waiting for an unused one would delay the stop of the host for no benefit.
                var idle = stream.InjectedPuts.HaveBegun
                    ? stream.WhenIdleAsync(accepting.Token)
                    : stream.Backend.WhenFinishedAsync(accepting.Token);
                await accepting.WaitAsync(Task.WhenAny(idle, stream.Drained)).ConfigureAwait(false);
                _resting.TrySetResult(true);
            }

            await draining.WaitAsync(processors).ConfigureAwait(false);
            if (isExpected) await closing.WaitAsync(servicesStopped).ConfigureAwait(false);
            if (stream.HasInjectedWriter) await closing.WaitAsync(ended).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Aborts the stream. Returns whether that had a cost: a value that a consumer had not finished, or a consumer cut short.
    /// </summary>
    private async Task<bool> AbortAsync(Task consumers, long started)
    {
        var unfinished = stream.Unfinished();
        if (unfinished.Count > 0)
            Log.DrainAborted(logger, stream.Name, timeProvider.GetElapsedTime(started).TotalSeconds, string.Join(", ", unfinished));
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
        // If another service has failed the start, there is nothing to report.
        if (!stream.HasHostStarted && report is { Outcome: ShutdownOutcome.Drained, ValuesAccepted: 0 }) return report;
        Log.StreamEnded(logger, report.Name, report.Outcome, report.ValuesAccepted, elapsed.TotalSeconds);
        foreach (var consumer in report.Consumers)
        {
            stream.Telemetry.OnUndelivered(consumer.Name, consumer.Undelivered);
            Log.ConsumerEnded(
                logger, report.Name, consumer.Name, consumer.Finished, consumer.Skipped, consumer.DeadLettered, consumer.Aborted,
                consumer.Undelivered, consumer.TimeWaitedFor.TotalSeconds, OutputOf(consumer));
        }

        return report;
    }

    /// <summary>What a stage waited for itself; empty for a consumer that did not.</summary>
    private string OutputOf(ConsumerShutdownReport consumer) =>
        consumer.TimeWaitingForOutput > TimeSpan.Zero && stream.FindConsumer(consumer.Name) is { } stage
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"; waited itself {consumer.TimeWaitingForOutput.TotalSeconds:F3} s for {HolderText.Waited(stage)}")
            : "";

    private static string StillRunning(IEnumerable<Worker> workers)
    {
        var names = string.Join(
            ", ",
            workers.Where(
                worker => !worker.Run.IsCompleted && worker is not ConsumerWorker { IsTakenOut: true }).Select(worker => worker.Name));
        return names.Length > 0 ? names : "a callback on their token";
    }
}
