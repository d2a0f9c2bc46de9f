using System.Collections.ObjectModel;
using Streamx.Engine;

namespace Streamx.Hosting.Streams;

/// <summary>
/// The carrier of a stream with values of any type: the stream's life in this process, and this process's knowledge of it.
/// </summary>
internal abstract class StreamBackend
{
    /// <summary>Where the stream is in its life.</summary>
    internal abstract StreamState State { get; }

    /// <summary>What the stream was faulted with; null while it has not been.</summary>
    internal abstract Exception? Fault { get; }

    /// <summary>Ends as soon as the stream faults, with the fault.</summary>
    internal abstract Task<Exception> WhenFaulted { get; }

    /// <summary>Ends when this process has nothing left to do for the stream; never faults.</summary>
    internal abstract Task Drained { get; }

    /// <summary>How long ago the stream stopped taking puts.</summary>
    internal abstract TimeSpan SinceEnded { get; }

    /// <summary>How many values the stream has accepted, as far as this process knows.</summary>
    internal abstract long ValuesAccepted { get; }

    /// <summary>
    /// Whether every consumer that a put can wait for is a registered one. Otherwise application code may subscribe as well.
    /// </summary>
    internal abstract bool KnowsEveryConsumer { get; }

    /// <summary>How this process takes part in a stream between processes; null for a stream in one.</summary>
    internal virtual StreamxRemoteStatus? RemoteStatus => null;

    /// <summary>How far behind each consumer is, in whatever process it runs; empty if this process does not know.</summary>
    internal virtual IReadOnlyDictionary<string, long> Lags => ReadOnlyDictionary<string, long>.Empty;

    /// <summary>
    /// The only consumer that waiting puts wait for; null while none waits, and while several are missing or it is not known here.
    /// </summary>
    /// <param name="snapshot">A snapshot of the stream; null to take one now.</param>
    internal abstract string? FindOnlyMissing(StreamSnapshot? snapshot = null);

    /// <summary>The unfinished values, by the name of their consumer.</summary>
    internal abstract IReadOnlyList<string> Unfinished();

    /// <summary>Whether it was this stream that refused a value.</summary>
    internal abstract bool Refused(StreamClosedException exception);

    /// <summary>Problems with the consumers of a stream on this backend: one sentence each.</summary>
    internal abstract IEnumerable<string> ConsumerProblems(HostedStream stream);

    /// <summary>Begins to bring values to the consumers, whose loops have been started.</summary>
    internal virtual void StartConsumers()
    {
    }

    /// <summary>Every hosted service has started: consumers may receive values from other processes.</summary>
    internal virtual void OnHostStarted()
    {
    }

    /// <summary>The stream's producers, at least one, are about to be started.</summary>
    internal virtual void StartProducers()
    {
    }

    /// <summary>Waits until this process may put.</summary>
    /// <param name="producer">The producer that is to put.</param>
    /// <param name="stoppingToken">Gives up waiting.</param>
    /// <returns>What a run of the producer begins with; null once the wait has been given up or the stream has ended.</returns>
    internal abstract ValueTask<ProducerStart?> WhenMayProduceAsync(string producer, CancellationToken stoppingToken);

    /// <summary>Closes the stream to new puts. Runs no continuation.</summary>
    /// <param name="reason">Why; of <see cref="CloseReason"/>.</param>
    internal abstract void Close(string reason);

    /// <summary>Faults the stream, unless it has ended. Runs no continuation.</summary>
    internal abstract void TryFault(Exception error);

    /// <summary>Ends the stream at once: waiting puts are refused, reads throw the cancellation of a token.</summary>
    internal abstract void Abort(CancellationToken because);

    /// <summary>Waits until the consumers have finished what has been accepted so far, if that ever ends. It does not fault.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal abstract Task WhenFinishedAsync(CancellationToken cancellationToken);

    /// <summary>Takes a durable consumer out for good.</summary>
    /// <exception cref="InvalidOperationException">It could not be, or the stream has no durable consumers.</exception>
    internal abstract Task RetireAsync(string consumer, CancellationToken cancellationToken);

    /// <summary>Asks the other processes of the stream to report on their consumers for some seconds. Does not wait.</summary>
    internal virtual void RequestReports()
    {
    }

    /// <summary>
    /// Sets the observer for puts of application code that have no observer of their own. Called before the stream is used.
    /// </summary>
    internal virtual void Observe(PutObserver observer)
    {
    }

    /// <summary>Sets whether waits are measured more precisely than a tick of the system clock.</summary>
    internal virtual void MeasurePrecisely(bool precisely)
    {
    }

    /// <summary>
    /// Calls back between two transitions of puts, with the time. The rules of <see cref="PutObserver"/> for its own callbacks apply.
    /// </summary>
    internal abstract void BetweenTransitions(Action<long> look);
}
