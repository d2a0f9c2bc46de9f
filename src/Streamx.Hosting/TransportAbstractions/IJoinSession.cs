using System.Data.Common;
using System.Threading.Channels;

namespace Streamx.Hosting;

/// <summary>A process's membership in one durable consumer. Of all sessions of a consumer only one is given values at any time.</summary>
/// <remarks>Disposing gives it up at once: values not reported as finished go to the next in line. Safe from any thread.</remarks>
public interface IJoinSession : IAsyncDisposable
{
    /// <summary>What the consumer is given, in order: each number once and without gaps. Completes when the session is over.</summary>
    ChannelReader<TransportDelivery> Deliveries { get; }

    /// <summary>
    /// Whether the session is not over, as far as can be known at once. Read before each value is begun; a process that was stopped may be
    /// the last to hear.
    /// </summary>
    bool IsHeld { get; }

    /// <summary>
    /// Whether it is the active session, as far as it knows: one that has just taken over learns it from the first value.
    /// </summary>
    bool IsActive { get; }

    /// <summary>Ends when the session is over, with why. It does not fault. By the time <see cref="IsHeld"/> is false, it has.</summary>
    Task<Exception> WhenLost { get; }

    /// <summary>
    /// Ends, with the reason, shortly before delivered values that are not finished are given to another session. From then on no value
    /// of the session may be begun; values in hand may still be finished and reported. It never ends where a session may hold values
    /// without limit.
    /// </summary>
    Task<Exception> WhenOverdue => s_never;

    private static readonly Task<Exception> s_never = new TaskCompletionSource<Exception>().Task;

    /// <summary>Reports that everything up to a number is finished. Does not wait; reports may be combined.</summary>
    void Finish(long sequence);

    /// <summary>
    /// Reports that one value is finished before others with lower numbers. The consumer's position stays until those are finished, too;
    /// but the value is not delivered again. Does not wait.
    /// </summary>
    /// <exception cref="NotSupportedException">The engine only keeps a position: values ahead of it are delivered again.</exception>
    void FinishAhead(long sequence) => throw NotSupportedByEngine.To(this, "keep what is finished ahead of a consumer's position");

    /// <summary>
    /// Writes into a transaction of the user's that values are finished: they are if it commits, together with its other changes. A session
    /// that has been replaced cannot write, so that the transaction fails.
    /// </summary>
    /// <param name="first">The number of the first value in hand.</param>
    /// <param name="last">The number of the last.</param>
    /// <param name="transaction">The transaction, which is open and of the database that holds the stream.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NotSupportedException">The engine is no database, or another one.</exception>
    /// <exception cref="InvalidOperationException">The transaction is over, or of another database.</exception>
    Task FinishInAsync(long first, long last, DbTransaction transaction, CancellationToken cancellationToken) =>
        Task.FromException(NotSupportedByEngine.To(this, "finish values in a transaction"));

    /// <summary>Whether a transaction that <see cref="FinishInAsync"/> wrote into has committed, which only the engine knows.</summary>
    /// <exception cref="NotSupportedException">As for <see cref="FinishInAsync"/>.</exception>
    /// <exception cref="TransportException">That cannot be known here; the session is lost.</exception>
    Task<bool> HasFinishedInAsync(long first, long last, CancellationToken cancellationToken) =>
        Task.FromException<bool>(NotSupportedByEngine.To(this, "finish values in a transaction"));

    /// <summary>Waits until every report is durable, so that none of the reported values will be delivered again.</summary>
    /// <exception cref="TransportException">The session was lost before.</exception>
    Task SettleAsync(CancellationToken cancellationToken);
}
