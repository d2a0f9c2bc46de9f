namespace Streamx.Hosting;

/// <summary>A leader's term: the right to append to a stream, while it lasts. Of all sessions of a stream only one can append at any time.</summary>
/// <remarks>
/// Disposing gives it up at once. Hosting calls <see cref="BeginAsync"/> first and appends after it, from one thread at a time, without
/// waiting for one append before the next.
/// </remarks>
public interface ILeadSession : IAsyncDisposable
{
    /// <summary>Grows with each session of the stream. Whatever is written under an older one after this one began has no effect.</summary>
    long Epoch { get; }

    /// <summary>The epoch before; zero for the first.</summary>
    long PreviousEpoch { get; }

    /// <summary>
    /// The stream's id, made with its first leader and kept as long as the store keeps the stream. Another one says that the store has
    /// lost everything it knew: numbers and positions of before mean nothing.
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
    /// The number of the last value that is durable, whoever appended it; zero for none. What this process appended before, and does not know
    /// the outcome of, is in the stream exactly if its number is not above this one.
    /// </summary>
    /// <value>By default <see cref="HighestReceived"/>, for engines that know a value by the consumers that have received it.</value>
    long DurableHead => HighestReceived;

    /// <summary>The durable consumers and their positions, as the engine hears of them.</summary>
    ConsumerPositions Positions { get; }

    /// <summary>The processes of the durable consumers, as the engine hears of them.</summary>
    ConsumerProcesses Processes { get; }

    /// <summary>Ends when the session is over, with why. It does not fault.</summary>
    Task<Exception> WhenLost { get; }

    /// <summary>What was stored last as the bookmark of a producer, by <see cref="TransportValue.Bookmark"/>; null for nothing.</summary>
    /// <exception cref="NotSupportedException">The engine stores none, and ignores those of values.</exception>
    Task<string?> ReadBookmarkAsync(string producer, CancellationToken cancellationToken) =>
        Task.FromException<string?>(NotSupportedByEngine.To(this, "store bookmarks"));

    /// <summary>Says where the epoch begins: consumers that have received less skip to it, those that have received more drop what they have.</summary>
    /// <param name="first">The number of the first value that will be appended.</param>
    Task BeginAsync(long first);

    /// <summary>Appends a value, or the end of the stream, behind the last. The order is that of the calls; the task ends when it is durable.</summary>
    /// <exception cref="TransportException">It is not known whether it was appended; the session is lost.</exception>
    Task AppendAsync(TransportValue value);

    /// <summary>Appends values behind the last, in their order: the task ends when all of them are durable. An engine that cannot do that at once need not.</summary>
    /// <param name="values">At least one; none of them is the end.</param>
    /// <exception cref="TransportException">It is not known which of them were appended, from the first on; the session is lost.</exception>
    Task AppendAsync(IReadOnlyList<TransportValue> values) => Task.WhenAll(values.Select(AppendAsync));

    /// <summary>
    /// Decides that the stream ends. Once this is durable every leader completes that end. Everything before it has been confirmed; the end
    /// itself is appended after it.
    /// </summary>
    /// <param name="sequence">The number of the end.</param>
    /// <exception cref="TransportException">It is not known whether that has been decided; the session is lost.</exception>
    Task EndAsync(long sequence);

    /// <summary>Hands over: the next in line leads from now on. Everything appended has been confirmed. A session that is lost need not say so.</summary>
    /// <param name="closed">Whether every consumer has finished the end, which is complete then.</param>
    /// <param name="cancellationToken">Gives up; the session is to be disposed in any case.</param>
    Task ReleaseAsync(bool closed, CancellationToken cancellationToken);
}
