namespace Streamx.Hosting.Transport;

/// <summary>Carries one stream between processes, as bytes.</summary>
/// <remarks>
/// <para>A transport owns who leads, fencing, the registered names and their durable positions. Hosting owns the window, what is put
/// again after a break, serialization and the policies for failures, so that it knows no transport and no transport knows a value.</para>
/// <para>Values are numbered from 1. A name's position is the number up to which it has finished everything. Safe from any thread.</para>
/// </remarks>
internal interface IStreamTransport
{
    /// <summary>What this process is called among those of the stream; null for nothing.</summary>
    string? Instance { get; }

    /// <summary>Whether this process is in line for the right to put, which another has.</summary>
    bool IsStandby { get; }

    /// <summary>Told whenever this process gets in line for the right to put, behind another; null for nobody.</summary>
    Action? OnStandby { get; set; }

    /// <summary>
    /// Told whenever this process finds that what carries the stream has forgotten everything it knew of it, as with a new disk: names,
    /// positions, numbers and values. Null for no one.
    /// </summary>
    Action? OnForgotten { get; set; }

    /// <summary>Told of what this process has found amiss with what carries the stream, and passed over or put right; a sentence. Null for no one.</summary>
    Action<string>? OnAmiss { get; set; }

    /// <summary>
    /// Told why what carries the stream takes no values for now, as with a full disk; null once it does again. It still has what it took
    /// before, and consumers go on. Null for no one; a transport that never blocks ignores it.
    /// </summary>
    Action<string?>? OnBlocked
    {
        get => null;
        set { }
    }

    /// <summary>Makes names durable: from now on values wait for them, whether a process of theirs runs or not.</summary>
    Task RegisterAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>As <see cref="RegisterAsync(IReadOnlyCollection{string}, CancellationToken)"/>, and says where new ones begin; known ones stay where they are.</summary>
    /// <exception cref="NotSupportedException">The engine keeps no values that every consumer has finished, so a new one begins now.</exception>
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

    /// <summary>Takes a name out for good, with whatever it had not finished. Values no longer wait for it.</summary>
    Task RetireAsync(string name, CancellationToken cancellationToken);

    /// <summary>Waits for the right to put, and until every registered name has said where it is.</summary>
    /// <param name="names">The names this process consumes under itself: registered before it leads.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="TransportException">It could not be had now; try again later.</exception>
    Task<ILeadSession> LeadAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>Registers a name and joins the stream under it. The session gets values once it is the active one of its name.</summary>
    /// <exception cref="TransportException">It could not be joined now; try again later.</exception>
    Task<IJoinSession> JoinAsync(string name, CancellationToken cancellationToken);

    /// <summary>As <see cref="JoinAsync(string, CancellationToken)"/>, after moving the consumer to a position. Values behind it are delivered again, as redelivered ones.</summary>
    /// <param name="name">The consumer, which no other process has joined as.</param>
    /// <param name="position">The number up to which everything counts as finished.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NotSupportedException">The engine cannot.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Values behind the position are no longer kept, or the position is ahead of the stream.</exception>
    Task<IJoinSession> JoinAsync(string name, long position, CancellationToken cancellationToken) =>
        Task.FromException<IJoinSession>(NotSupportedByEngine.To(this, "move a consumer to a position"));
}
