using System.Data.Common;

namespace Streamx.Hosting;

/// <summary>Carries one stream between processes, as bytes: what an engine implements, once for each stream of a process.</summary>
/// <remarks>
/// <para>An engine decides which process leads, that is, may put, and which process is given the values of each durable consumer. It keeps
/// the values and the consumers' positions, and refuses what a replaced session still writes. Hosting keeps the window, puts again what a
/// lost session left open, and owns serialization and failure policies: it knows no engine, and no engine knows a value.</para>
/// <para>Values have numbers from 1 on, without gaps. A consumer's position is the number up to which it has finished everything. A durable
/// consumer stays registered, and is waited for, whether a process of it runs or not.</para>
/// <para>The sessions of a process should share a connection: a stream may have a thousand consumers.</para>
/// <para>Members that an engine need not implement refuse by default, with a <see cref="NotSupportedException"/> that names the
/// engine.</para>
/// <para>Safe from any thread. An engine that cannot be reached throws a <see cref="TransportException"/>, after which hosting waits and
/// tries again; any other exception faults the stream.</para>
/// </remarks>
public interface IStreamTransport
{
    /// <summary>The name of this process among those of the stream; null for none.</summary>
    string? Instance { get; }

    /// <summary>Whether this process is in line for the right to put, which another process has.</summary>
    bool IsStandby { get; }

    /// <summary>
    /// Called whenever this process gets in line for the right to put, behind another process. Set by hosting before any other call.
    /// </summary>
    Action? OnStandby { get; set; }

    /// <summary>
    /// Called whenever this process finds that what carries the stream has forgotten everything it knew of the stream, as with a new disk:
    /// consumers, positions, numbers and values. Set by hosting.
    /// </summary>
    Action? OnForgotten { get; set; }

    /// <summary>
    /// Called with a sentence when this process has found a fault in what carries the stream, and passed over it or repaired it. Null for
    /// no handler.
    /// </summary>
    Action<string>? OnAmiss { get; set; }

    /// <summary>
    /// Called with the reason when what carries the stream takes no values for now, as with a full disk; with null once it does again. It
    /// keeps what it took before, and consumers go on. Null for no handler; a transport that never blocks ignores it.
    /// </summary>
    Action<string?>? OnBlocked
    {
        get => null;
        set { }
    }

    /// <summary>
    /// Whether nothing can be appended while a transaction is open, in which a handler has finished values by
    /// <see cref="StreamxDelivery.FinishCurrentInAsync"/>. A put by that handler is refused then: it would wait for itself.
    /// </summary>
    /// <value>By default false.</value>
    bool IsBlockedBy(DbTransaction transaction) => false;

    /// <summary>Registers durable consumers: from now on values wait for them, whether a process of theirs runs or not.</summary>
    /// <param name="names">Their names. Those that are registered stay as they are.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">The engine could not be reached; try again later.</exception>
    Task RegisterAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="RegisterAsync(IReadOnlyCollection{string}, CancellationToken)"/>, and says where new ones begin; known ones stay where
    /// they are.
    /// </summary>
    /// <exception cref="NotSupportedException">
    /// The engine keeps no values that every consumer has finished, so a new one begins now.
    /// </exception>
    Task RegisterAsync(IReadOnlyCollection<string> names, StartFrom from, CancellationToken cancellationToken) => from == StartFrom.Now
        ? RegisterAsync(names, cancellationToken)
        : Task.FromException(NotSupportedByEngine.To(this, "begin a consumer at the oldest value"));

    /// <summary>Keeps values for a while after every consumer has finished them: for new consumers, and to be delivered again.</summary>
    /// <param name="retention">How long; zero, as before the first call, for not at all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NotSupportedException">The engine cannot.</exception>
    Task RetainAsync(TimeSpan retention, CancellationToken cancellationToken) => retention == TimeSpan.Zero
        ? Task.CompletedTask
        : Task.FromException(NotSupportedByEngine.To(this, "keep values that every consumer has finished"));

    /// <summary>Removes a durable consumer, with whatever it has not finished. Values no longer wait for it.</summary>
    /// <exception cref="TransportException">The engine could not be reached; try again later.</exception>
    Task RetireAsync(string name, CancellationToken cancellationToken);

    /// <summary>Waits until this process leads, and the position of every durable consumer is known.</summary>
    /// <param name="names">The consumers of this process: registered before it leads.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="TransportException">This process could not lead now; try again later.</exception>
    Task<ILeadSession> LeadAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>
    /// Registers a consumer and joins the stream as it. Of all its sessions, in whatever process, only the active one is given values.
    /// </summary>
    /// <param name="name">The consumer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">It could not be joined now; try again later.</exception>
    Task<IJoinSession> JoinAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="JoinAsync(string, CancellationToken)"/>, after moving the consumer to a position. Values behind it are delivered
    /// again, as redelivered ones.
    /// </summary>
    /// <param name="name">The consumer, which no other process has joined as.</param>
    /// <param name="position">The number up to which everything counts as finished.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NotSupportedException">The engine cannot.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// Values behind the position are no longer kept, or the position is ahead of the stream.
    /// </exception>
    Task<IJoinSession> JoinAsync(string name, long position, CancellationToken cancellationToken) =>
        Task.FromException<IJoinSession>(NotSupportedByEngine.To(this, "move a consumer to a position"));

    /// <summary>
    /// Opens this process's part in the reports that the processes of the stream send one another while one of them asks.
    /// </summary>
    /// <param name="onAsked">Called, from any thread, whenever another process asks for reports. It returns at once.</param>
    /// <param name="onReport">
    /// Called, from any thread, with each report of another process, once this one has asked. It returns at once, and keeps no reference to
    /// the bytes.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NotSupportedException">The engine cannot, or is set not to.</exception>
    /// <exception cref="TransportException">It could not be opened now; try again later.</exception>
    Task<IReportSession> OpenReportsAsync(Action onAsked, Action<ReadOnlyMemory<byte>> onReport, CancellationToken cancellationToken) =>
        Task.FromException<IReportSession>(NotSupportedByEngine.To(this, "carry reports between processes"));
}
