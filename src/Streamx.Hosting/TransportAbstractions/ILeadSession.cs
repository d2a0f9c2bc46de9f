namespace Streamx.Hosting;

/// <summary>
/// A leader's term: the right to append to a stream, while it lasts. Of all sessions of a stream only one can append at any time.
/// </summary>
/// <remarks>
/// Disposing gives it up at once. Hosting calls <see cref="BeginAsync"/> first and appends after it, from one thread at a time, without
/// waiting for one append before the next.
/// </remarks>
public interface ILeadSession : IAsyncDisposable
{
    /// <summary>Grows with each session of the stream. Writes under an older epoch have no effect after this one began.</summary>
    long Epoch { get; }

    /// <summary>The epoch before; zero for the first.</summary>
    long PreviousEpoch { get; }

    /// <summary>
    /// The stream's id, made with its first leader and kept as long as the store keeps the stream. Another id means that the store has lost
    /// everything it knew: numbers and positions from before mean nothing.
    /// </summary>
    long StreamId { get; }

    /// <summary>
    /// Whether the end of the stream has been decided since this process first came to it: the stream takes no value of this process any
    /// more. False for a process that came later, which opens the stream again.
    /// </summary>
    bool HasEnded { get; }

    /// <summary>
    /// The number of the end, where it has been decided and not every consumer has finished it: this leader completes it, and appends no
    /// value. Null for a stream that is open, and for one whose end is complete.
    /// </summary>
    long? EndsAt { get; }

    /// <summary>The number up to which every consumer has received everything; zero if none has received anything.</summary>
    long LowestReceived { get; }

    /// <summary>The highest number that any consumer has received; zero if none has received anything.</summary>
    long HighestReceived { get; }

    /// <summary>
    /// The number of the last durable value, whichever process appended it; zero for none. If this process does not know the outcome of a
    /// value that it appended earlier, the value is in the stream exactly if its number is not above this one.
    /// </summary>
    /// <value>By default <see cref="HighestReceived"/>, for engines that know a value by the consumers that have received it.</value>
    long DurableHead => HighestReceived;

    /// <summary>The durable consumers and their positions, as the engine hears of them.</summary>
    ConsumerPositions Positions { get; }

    /// <summary>The processes of the durable consumers, as the engine hears of them.</summary>
    ConsumerProcesses Processes { get; }

    /// <summary>Ends when the session is over, with why. It does not fault.</summary>
    Task<Exception> WhenLost { get; }

    /// <summary>The bookmark last stored for a producer, by <see cref="TransportValue.Bookmark"/>; null for none.</summary>
    /// <exception cref="NotSupportedException">The engine stores none, and ignores those of values.</exception>
    Task<string?> ReadBookmarkAsync(string producer, CancellationToken cancellationToken) =>
        Task.FromException<string?>(NotSupportedByEngine.To(this, "store bookmarks"));

    /// <summary>
    /// Sets where the epoch begins: consumers that have received less skip to it, those that have received more drop what they have
    /// beyond it.
    /// </summary>
    /// <param name="first">The number of the first value that will be appended.</param>
    Task BeginAsync(long first);

    /// <summary>
    /// Appends a value, or the end of the stream, behind the last, in the order of the calls. The task ends when it is durable.
    /// </summary>
    /// <exception cref="TransportException">It is not known whether it was appended; the session is lost.</exception>
    Task AppendAsync(TransportValue value);

    /// <summary>
    /// Appends values behind the last, in their order: the task ends when all of them are durable. An engine that cannot append them in one
    /// step need not.
    /// </summary>
    /// <param name="values">At least one; none of them is the end.</param>
    /// <exception cref="TransportException">
    /// It is not known which of them were appended, from the first on; the session is lost.
    /// </exception>
    Task AppendAsync(IReadOnlyList<TransportValue> values) => Task.WhenAll(values.Select(AppendAsync));

    /// <summary>
    /// Decides that the stream ends. Once the decision is durable every leader completes that end. Everything before it has been
    /// confirmed; the end itself is appended after it.
    /// </summary>
    /// <param name="sequence">The number of the end.</param>
    /// <exception cref="TransportException">It is not known whether that has been decided; the session is lost.</exception>
    Task EndAsync(long sequence);

    /// <summary>
    /// Hands over: the next in line leads from now on. Everything appended has been confirmed. A lost session need not report that it is
    /// lost.
    /// </summary>
    /// <param name="closed">Whether every consumer has finished the end, which is complete then.</param>
    /// <param name="cancellationToken">Gives up; the session is to be disposed in any case.</param>
    Task ReleaseAsync(bool closed, CancellationToken cancellationToken);
}
