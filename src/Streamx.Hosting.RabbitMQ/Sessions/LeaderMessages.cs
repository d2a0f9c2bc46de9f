using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Appends the messages of a leader to the stream: values, and the questions among them. Safe from any thread.</summary>
/// <param name="connection">The leader's connection.</param>
/// <param name="channel">The channel that holds the lease.</param>
/// <param name="topology">The names of the exchanges.</param>
/// <param name="lease">The lease.</param>
/// <param name="memory">Keeps the numbers.</param>
/// <param name="clock">Gives each message its time.</param>
internal sealed class LeaderMessages(
    BrokerConnection connection, IChannel channel, Topology topology, Lease lease, StreamMemory memory, TimeProvider clock)
{
    /// <summary>How many bytes the values of a message take at most together: a message of that size is one frame.</summary>
    internal const int MostBytesTogether = 64 * 1024;

    /// <summary>
    /// How long a question may take to be confirmed. A queue that has just come back may have lost the question; the leader can ask again.
    /// </summary>
    internal static readonly TimeSpan QuestionTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Orders what is appended.</summary>
    private readonly Lock _lock = new();

    /// <summary>
    /// The last number appended; <see cref="Checkpoint.None"/> before the epoch has begun. Guarded by <see cref="_lock"/>.
    /// </summary>
    private long _head = Checkpoint.None;

    /// <summary>The end, once it has been appended; null before. Guarded by <see cref="_lock"/>.</summary>
    private StreamMessage? _end;

    /// <inheritdoc cref="Confirmed"/>
    private long _confirmed;

    /// <summary>Has values go together; null for each in a message of its own.</summary>
    private ValueCombiner? _combiner;

    /// <summary>Called with the time of the confirm of each message with values, and its error; null to measure nothing.</summary>
    internal Action<TimeSpan, Exception?>? Measure { get; init; }

    /// <summary>The highest number that has been confirmed in this session; zero for none.</summary>
    internal long Confirmed => Interlocked.Read(ref _confirmed);

    /// <summary>A token that says how far values have been confirmed.</summary>
    internal LeaseToken Headed(LeaseToken token) => token with { Head = Math.Max(token.Head, Confirmed) };

    /// <summary>Has values that wait at the same time go together from now on.</summary>
    /// <param name="maxBytes">How many bytes a value may take, and so several together.</param>
    /// <param name="mayCombine">Whether every process reads messages of several values now.</param>
    internal void Combine(int maxBytes, Func<bool> mayCombine) =>
        _combiner = new ValueCombiner(_lock, Math.Min(maxBytes, MostBytesTogether), mayCombine, PublishValuesLocked);

    /// <summary>Appends values, or the end alone. Ends when all of them are confirmed.</summary>
    internal Task AppendAsync(IReadOnlyList<TransportValue> values)
    {
        StreamMessage[] messages = [.. values.Select(MessageOf)];
        foreach (var message in messages) memory.NoteNumber(message.Epoch, message.Sequence);
        // Under the lock, so that a question among the values carries the number of the value before it.
        lock (_lock)
        {
            if (values[0].IsEnd) return AppendEndLocked(messages[0]);
            return _combiner is { } combiner
                ? combiner.AppendLocked(messages)
                : Task.WhenAll(messages.Select(message => PublishValuesLocked([message])));
        }
    }

    /// <summary>Asks every consumer for its position.</summary>
    internal Task AskAsync()
    {
        lock (_lock) return PublishAsync(Word(MessageTypes.Sync, _head), QuestionTimeout);
    }

    /// <summary>Asks whether there are consumers, where there may be no queue.</summary>
    internal Task AskWhetherAnyAsync() => PublishAsync(Word(MessageTypes.Sync, Checkpoint.None), QuestionTimeout, isMandatory: false);

    /// <summary>The epoch begins with a number.</summary>
    /// <param name="first">The first number.</param>
    /// <param name="highest">The highest number of a value that was confirmed, or that any consumer has received.</param>
    internal Task BeginAsync(long first, long highest) => PublishAsync(Word(MessageTypes.Begin, first) with { Highest = highest });

    /// <summary>The number before the first one of the epoch.</summary>
    internal void StartAt(long number)
    {
        lock (_lock) _head = number;
    }

    /// <summary>Appends the end once more, if it has been appended: a consumer that joins has missed it, and the others drop it.</summary>
    internal Task RepeatEndAsync()
    {
        lock (_lock) return _end is null ? Task.CompletedTask : PublishAsync(_end);
    }

    private StreamMessage MessageOf(TransportValue value) =>
        new(value.IsEnd ? MessageTypes.Close : MessageTypes.Value, lease.Token.Epoch, value.Sequence, value.Body)
        {
            StreamId = lease.Token.StreamId,
            Ends = lease.Token.Ends,
            IsRepeated = value.IsRepeated,
            ContentType = value.ContentType,
            TraceParent = value.TraceParent,
        };

    private Task AppendEndLocked(StreamMessage end)
    {
        _combiner?.SendLocked();
        _end = end;
        _head = end.Sequence;
        return ConfirmAsync(PublishAsync(end), end.Sequence);
    }

    private Task PublishValuesLocked(IReadOnlyList<StreamMessage> values)
    {
        _head = values[^1].Sequence;
        var confirmed = ConfirmAsync(PublishAsync(CombinedValues.Combine(values)), _head);
        return Measure is { } measure ? MeasureAsync(confirmed, measure) : confirmed;
    }

    private async Task ConfirmAsync(Task published, long sequence)
    {
        await published.ConfigureAwait(false);
        // Confirms come in order, but several may be handled at the same time.
        for (var known = Interlocked.Read(ref _confirmed); sequence > known; known = Interlocked.Read(ref _confirmed))
            if (Interlocked.CompareExchange(ref _confirmed, sequence, known) == known) return;
    }

    private async Task MeasureAsync(Task confirmed, Action<TimeSpan, Exception?> measure)
    {
        var began = clock.GetTimestamp();
        try
        {
            await confirmed.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            measure(clock.GetElapsedTime(began), error);
            throw;
        }

        measure(clock.GetElapsedTime(began), null);
    }

    private Task PublishAsync(StreamMessage message, TimeSpan? timeout = null, bool isMandatory = true) =>
        // Mandatory: if no queue were left the broker would confirm a value that no queue has.
        connection.RunAsync(
            () => channel.BasicPublishAsync(
                topology.Data, "", isMandatory, message.ToProperties(clock.GetUtcNow()), message.Body, connection.Ended).AsTask(),
            $"Appending {message.Kind} {message.Sequence} to {topology.Data}",
            timeout);

    /// <summary>A control message for the consumers.</summary>
    private StreamMessage Word(string kind, long sequence) =>
        new(kind, lease.Token.Epoch, sequence, default) { StreamId = lease.Token.StreamId, Ends = lease.Token.Ends };
}
