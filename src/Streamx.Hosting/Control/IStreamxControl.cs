namespace Streamx.Hosting;

/// <summary>Inspects and controls the host's streams while they run: for operators' endpoints and pages.</summary>
/// <remarks>
/// A singleton, safe from any thread. Names compare without case. Every action that changes
/// something is logged and counted. But for <see cref="RetireConsumerAsync"/> none outlives the host: after a restart of the process
/// everything runs as registered.
/// </remarks>
public interface IStreamxControl
{
    /// <summary>Every registered stream, in the order of registration.</summary>
    /// <returns>A snapshot of each stream, each consistent at one moment.</returns>
    IReadOnlyList<StreamxStreamStatus> GetStreams();

    /// <summary>
    /// Asks the other processes of every stream between processes to report on their consumers for the next five seconds.
    /// </summary>
    /// <remarks>
    /// Does not wait, and does nothing for a stream of this process alone. What they report is in
    /// <see cref="StreamxRemoteStatus.Reports"/> some two seconds later. Call it once a second for as long as that is wanted: while no
    /// process asks, none reports.
    /// </remarks>
    void RequestReports();

    /// <summary>Holds back a producer: its next put waits until it is resumed, or the stream ends.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="producer">The producer's name.</param>
    /// <returns>Whether that changed anything; false when it was paused already, or the stream is about to end.</returns>
    /// <remarks>
    /// A put that is waiting already still commits. <c>TryPut</c> returns false meanwhile. Consumers finish what was put.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such stream, or no such producer.</exception>
    bool PauseProducer(string stream, string producer);

    /// <summary>Lets a paused producer go on.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="producer">The producer's name.</param>
    /// <returns>Whether that changed anything; false when it was not paused.</returns>
    /// <exception cref="ArgumentException">There is no such stream, or no such producer.</exception>
    bool ResumeProducer(string stream, string producer);

    /// <summary>Takes a consumer out of its stream, at once: puts no longer wait for it.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <returns>Whether that changed anything; false when it was not attached.</returns>
    /// <remarks>
    /// A value it has in hand is abandoned, and its token is cancelled. It never sees the values that are put until it is attached again.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such stream, or no such consumer.</exception>
    /// <exception cref="InvalidOperationException">
    /// It is the last that keeps the stream alive: the stream would fault. Drain it instead.
    /// </exception>
    bool DetachConsumer(string stream, string consumer);

    /// <summary>Takes a consumer that has left back into its stream: it sees every value put from now on.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <returns>Whether that changed anything; false when it was attached.</returns>
    /// <exception cref="ArgumentException">There is no such stream, or no such consumer.</exception>
    /// <exception cref="InvalidOperationException">
    /// The stream does not run, or the consumer's code has not returned since it was detached.
    /// </exception>
    bool AttachConsumer(string stream, string consumer);

    /// <summary>Ends a stream as if its input had ended: its producers are told to stop, it closes, and drains. The host goes on.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="cancellationToken">Stops the waiting, not the drain.</param>
    /// <returns>
    /// A task that ends when every accepted value has been finished. It does not fault; draining again waits for the same end.
    /// </returns>
    /// <remarks>
    /// The stream closes once its producers have returned, and the processors that put into it have ended; so does every stream
    /// its own processors put into, if that was all its input.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such stream.</exception>
    /// <exception cref="InvalidOperationException">
    /// The caller is code of a worker that the end of the stream waits for: one of its producers, one of its consumers while it has a
    /// value in hand, or one of a stream that processors connect with it. Nothing has changed then.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    Task DrainAsync(string stream, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes a durable consumer from a stream between processes, for good: values no longer wait for it, and the values it had not
    /// finished are lost.
    /// </summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="consumer">The durable consumer, whether a process of it runs or not; it need not be registered in this process.</param>
    /// <param name="cancellationToken">Gives up; the consumer may or may not have been removed.</param>
    /// <returns>A task that ends when the consumer has been removed, also if it never existed.</returns>
    /// <remarks>
    /// Stop its processes first: one that still runs registers the consumer again, at the stream's position of that moment.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such stream.</exception>
    /// <exception cref="InvalidOperationException">
    /// The stream is one of this process alone, or the others cannot be reached now.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task RetireConsumerAsync(string stream, string consumer, CancellationToken cancellationToken = default);
}
