using Microsoft.Extensions.Logging;

namespace Streamx.Hosting;

/// <summary>Everything the package logs, under one category.</summary>
internal static partial class Log
{
    /// <summary>The category of every message.</summary>
    internal const string Category = "Streamx.Hosting";

    [LoggerMessage(1, LogLevel.Information, "Stream {Stream} starts with window {Window}; producers: {Producers}; consumers: {Consumers}.")]
    internal static partial void StreamStarting(ILogger logger, string stream, int window, string producers, string consumers);

    [LoggerMessage(2, LogLevel.Information, "Stream {Stream} has no more input: every producer has returned. It closes and drains.")]
    internal static partial void InputEnded(ILogger logger, string stream);

    [LoggerMessage(3, LogLevel.Information, "Stream {Stream} completed. Values accepted: {Values}.")]
    internal static partial void StreamCompleted(ILogger logger, string stream, long values);

    [LoggerMessage(4, LogLevel.Information, "Every stream that stops the host has completed. The host stops.")]
    internal static partial void StoppingAfterCompletion(ILogger logger);

    [LoggerMessage(5, LogLevel.Error, "Producer {Producer} of stream {Stream} failed.")]
    internal static partial void ProducerFailed(ILogger logger, Exception error, string stream, string producer);

    [LoggerMessage(6, LogLevel.Error, "Consumer {Consumer} of stream {Stream} failed. In hand: {Item}.")]
    internal static partial void ConsumerFailed(ILogger logger, Exception error, string stream, string consumer, ItemInHand item);

    [LoggerMessage(7, LogLevel.Critical, "Stream {Stream} has failed with {ErrorType}. The host stops with exit code {ExitCode}.")]
    internal static partial void StoppingAfterFailure(ILogger logger, string stream, string errorType, int exitCode);

    [LoggerMessage(
        8,
        LogLevel.Warning,
        "Consumer {Consumer} of stream {Stream} returned before the end of the stream and has left it. In hand: {Item}.")]
    internal static partial void ConsumerReturned(ILogger logger, string stream, string consumer, ItemInHand item);

    [LoggerMessage(
        9, LogLevel.Warning,
        "Stream {Stream} closes although producers have not returned since they were told to stop: {Producers}. "
        + "Their further puts will fail.")]
    internal static partial void ProducersStillRunning(ILogger logger, string stream, string producers);

    [LoggerMessage(
        10, LogLevel.Error, "Stream {Stream} had not drained after {Seconds:0.###} s and is aborted. Not finished: {Consumers}.")]
    internal static partial void DrainAborted(ILogger logger, string stream, double seconds, string consumers);

    [LoggerMessage(11, LogLevel.Error, "Consumers of stream {Stream} have not returned although they were told to abort: {Consumers}.")]
    internal static partial void ConsumersStillRunning(ILogger logger, string stream, string consumers);

    [LoggerMessage(12, LogLevel.Information, "Stream {Stream} ended: {Outcome}, values accepted: {Values}, drained in {Seconds:F3} s.")]
    internal static partial void StreamEnded(ILogger logger, string stream, ShutdownOutcome outcome, long values, double seconds);

    [LoggerMessage(
        13, LogLevel.Information,
        "Stream {Stream}, consumer {Consumer}: {Finished} finished, {Skipped} skipped, {DeadLettered} dead-lettered, {Aborted} aborted, "
        + "{Undelivered} undelivered, waited for {Seconds:F3} s{Output}.")]
    internal static partial void ConsumerEnded(
        ILogger logger, string stream, string consumer, long finished, long skipped, long deadLettered, long aborted, long undelivered,
        double seconds, string output);

    [LoggerMessage(
        14, LogLevel.Warning,
        "DrainTimeout of stream {Stream} is {DrainSeconds:0.###} s, but the host's shutdown timeout leaves only "
        + "{AvailableSeconds:0.###} s, which applies. Raise HostOptions.ShutdownTimeout.")]
    internal static partial void DrainTimeoutTooLong(ILogger logger, string stream, double drainSeconds, double availableSeconds);

    [LoggerMessage(15, LogLevel.Warning, "Configuration {Path} has no effect: it belongs to a {Kind} that is not registered.{Suggestion}")]
    internal static partial void UnknownConfigurationSection(ILogger logger, string path, string kind, string suggestion);

    [LoggerMessage(16, LogLevel.Error, "A callback on the cancellation token of the workers of stream {Stream} threw an exception.")]
    internal static partial void TokenCallbackFailed(ILogger logger, Exception error, string stream);

    [LoggerMessage(17, LogLevel.Critical, "Ending stream {Stream} failed. The stream is aborted.")]
    internal static partial void EndingFailed(ILogger logger, Exception error, string stream);

    [LoggerMessage(
        18,
        LogLevel.Warning,
        "Consumer {Consumer} of stream {Stream} failed on {Item}, and tries again in {DelaySeconds:0.###} s (retry {Attempt}).")]
    internal static partial void ConsumerRetries(
        ILogger logger, Exception error, string stream, string consumer, ItemInHand item, double delaySeconds, int attempt);

    [LoggerMessage(
        19,
        LogLevel.Error,
        "Consumer {Consumer} of stream {Stream} failed and is restarted in {DelaySeconds:0.###} s (restart {Attempt}). It "
            + "keeps what it has in hand: {Item}.")]
    internal static partial void ConsumerRestarts(
        ILogger logger, Exception error, string stream, string consumer, double delaySeconds, int attempt, ItemInHand item);

    [LoggerMessage(
        20, LogLevel.Error,
        "Producer {Producer} of stream {Stream} failed and is restarted in {DelaySeconds:0.###} s (restart {Attempt}).")]
    internal static partial void ProducerRestarts(
        ILogger logger, Exception error, string stream, string producer, double delaySeconds, int attempt);

    [LoggerMessage(
        21,
        LogLevel.Error,
        "Consumer {Consumer} of stream {Stream} could not handle {Item} and goes on without (values skipped: {Values}, "
            + "attempts: {Attempts}). Register a dead-letter handler to keep what is skipped.")]
    internal static partial void ValuesSkipped(
        ILogger logger, Exception error, string stream, string consumer, ItemInHand item, int values, int attempts);

    [LoggerMessage(
        22,
        LogLevel.Warning,
        "Consumer {Consumer} of stream {Stream} could not handle {Item}; the dead-letter handler has taken it (values: "
            + "{Values}, attempts: {Attempts}).")]
    internal static partial void ValuesDeadLettered(
        ILogger logger, Exception error, string stream, string consumer, ItemInHand item, int values, int attempts);

    [LoggerMessage(
        23,
        LogLevel.Error,
        "Consumer {Consumer} of stream {Stream} failed and has left it. In hand: {Item}. The other consumers continue.")]
    internal static partial void ConsumerFailedAndLeft(ILogger logger, Exception error, string stream, string consumer, ItemInHand item);

    [LoggerMessage(24, LogLevel.Warning, "Consumer {Consumer} of stream {Stream} failed after it had left. It had in hand: {Item}.")]
    internal static partial void ConsumerFailedAfterItsEnd(
        ILogger logger, Exception error, string stream, string consumer, ItemInHand item);

    [LoggerMessage(
        25,
        LogLevel.Warning,
        "Consumer {Consumer} of stream {Stream} has held {Item} for {Seconds:F1} s; puts waiting: {Waiting}{Held}. Action: "
            + "{Action}.")]
    internal static partial void ConsumerStalled(
        ILogger logger, string stream, string consumer, ItemInHand item, double seconds, int waiting, string held, string action);

    [LoggerMessage(26, LogLevel.Information, "Consumer {Consumer} of stream {Stream} has recovered from its stall.")]
    internal static partial void ConsumerRecovered(ILogger logger, string stream, string consumer);

    [LoggerMessage(27, LogLevel.Warning, "Disposing of {Worker} of stream {Stream}, or of its dependencies, failed.")]
    internal static partial void DisposeFailed(ILogger logger, Exception error, string stream, string worker);

    [LoggerMessage(28, LogLevel.Warning, "Control: {Action} of {Worker} of stream {Stream}{InHand}.")]
    internal static partial void Controlled(ILogger logger, string action, string stream, string worker, string inHand);

    [LoggerMessage(
        29, LogLevel.Warning,
        "A listener of {Observed} threw an exception. The streams continue. Further exceptions of listeners are not logged.")]
    internal static partial void ListenerFailed(ILogger logger, Exception error, string observed);

    [LoggerMessage(40, LogLevel.Information, "Stream {Stream}: this process leads it now, in epoch {Epoch}.")]
    internal static partial void Leading(ILogger logger, string stream, long epoch);

    [LoggerMessage(
        55, LogLevel.Information, "Stream {Stream} goes on where it was, behind number {Last}. Not finished up to there: {Unfinished}.")]
    internal static partial void Resumes(ILogger logger, string stream, long last, string unfinished);

    [LoggerMessage(41, LogLevel.Information, "Stream {Stream} has been ended by another process.")]
    internal static partial void EndedElsewhere(ILogger logger, string stream);

    [LoggerMessage(
        42, LogLevel.Warning,
        "Stream {Stream}, {Worker}: no session with the other processes. Trying again in {DelaySeconds:0.###} s. {Reason}")]
    internal static partial void Reconnects(ILogger logger, string stream, string worker, double delaySeconds, string reason);

    [LoggerMessage(45, LogLevel.Information, "Stream {Stream}: another process leads it, and this one stands by.")]
    internal static partial void StandsBy(ILogger logger, string stream);

    [LoggerMessage(
        46,
        LogLevel.Error,
        "Stream {Stream}: its store has lost it, as with a new disk, deleted queues or another file. Unfinished values are lost, except "
        + "those that this process still had, which it puts again. From now on this is a new stream with the same name.")]
    internal static partial void StreamForgotten(ILogger logger, string stream);

    [LoggerMessage(
        47,
        LogLevel.Warning,
        "Stream {Stream}: a put or a flush has waited for seconds while the host starts. Consumers of a stream between processes receive "
        + "values only after every hosted service has started, so a service that awaits such a call in its StartAsync may be waiting for "
        + "itself. Await it in ExecuteAsync or StartedAsync.")]
    internal static partial void StartIsHeldUp(ILogger logger, string stream);

    [LoggerMessage(49, LogLevel.Warning, "Stream {Stream}: {What}")]
    internal static partial void TransportAmiss(ILogger logger, string stream, string what);

    [LoggerMessage(
        48,
        LogLevel.Error,
        "Consumer {Consumer} of stream {Stream} has not received values {First} to {Last} and never will: they were dropped from its "
        + "queue, or had reached only other consumers when the process that put them ended. They count as undelivered.")]
    internal static partial void ValuesLost(ILogger logger, string consumer, string stream, long first, long last);

    [LoggerMessage(
        44, LogLevel.Error,
        "Stream {Stream}, {Worker}: no session with the other processes, and the stream is set to fail rather than wait for one.")]
    internal static partial void CannotBegin(ILogger logger, Exception error, string stream, string worker);

    [LoggerMessage(
        50,
        LogLevel.Error,
        "Consumer {Consumer} of stream {Stream} receives no more values of its session, {Consequence}. {Reason}")]
    internal static partial void ValueOverdue(ILogger logger, string stream, string consumer, string consequence, string reason);

    [LoggerMessage(51, LogLevel.Warning, "Stream {Stream}, {Worker}: the session with the other processes is lost. {Reason}")]
    internal static partial void SessionLost(ILogger logger, string stream, string worker, string reason);

    [LoggerMessage(52, LogLevel.Warning, "Stream {Stream}: its store takes no values for now, so puts wait. Reason: {Reason}.")]
    internal static partial void Blocked(ILogger logger, string stream, string reason);

    [LoggerMessage(
        53, LogLevel.Information, "Stream {Stream}: its store takes values again, or the connection that it had blocked has ended.")]
    internal static partial void Unblocked(ILogger logger, string stream);

    [LoggerMessage(
        54,
        LogLevel.Warning,
        "The handler of consumer {Consumer} of stream {Stream} threw after it had called FinishCurrentInAsync for {Item}. {Outcome}.")]
    internal static partial void HandlerFailedAfterFinish(
        ILogger logger, Exception error, string stream, string consumer, ItemInHand item, string outcome);

    [LoggerMessage(43, LogLevel.Error, "Consumer {Consumer} of stream {Stream} cannot read {Item}. Action: {Action}.")]
    internal static partial void ValueUnreadable(
        ILogger logger, Exception error, string stream, string consumer, ItemInHand item, ConsumerFailure action);

    [LoggerMessage(60, LogLevel.Debug, "Stream {Stream}: this process neither sends nor receives reports of processes for now. {Reason}")]
    internal static partial void ReportsUnavailable(ILogger logger, string stream, string reason);
}
