using System.Text;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The names of a stream's exchanges and queues.</summary>
/// <param name="prefix">The prefix of all names of an installation.</param>
/// <param name="stream">The stream's name.</param>
internal sealed class Topology(string prefix, string stream)
{
    /// <summary>The routing key of messages for the leader alone.</summary>
    internal const string LeaderKey = "";

    /// <summary>The routing key of the announcements of processes.</summary>
    internal const string PresenceKey = ":present";

    /// <summary>The routing key of what a leader announces to every process.</summary>
    internal const string AnnouncementKey = ":stream";

    /// <summary>The most bytes that a broker accepts for the name of a queue.</summary>
    private const int Longest = 255;

    /// <summary>
    /// Names of streams compare without case, names of queues do not. A dot in a stream's name would make it look like another stream's
    /// consumer: the values of consumer 'lock' of 'x' would be the lock of 'x.c'.
    /// </summary>
    private readonly string _root =
        $"{prefix}.{KeyOf(stream).Replace("%", "%25", StringComparison.Ordinal).Replace(".", "%2E", StringComparison.Ordinal)}";

    /// <summary>The fan-out exchange the leader appends to.</summary>
    internal string Data => $"{_root}.data";

    /// <summary>The direct exchange that consumers report to.</summary>
    internal string Control => $"{_root}.ctl";

    /// <summary>The queue of the one token that is the lease.</summary>
    internal string Lock => $"{_root}.lock";

    /// <summary>The queue of registrations and retirements that no leader has taken into its token yet.</summary>
    internal string Registry => $"{_root}.names";

    /// <summary>The queue of the token's copy.</summary>
    internal string State => $"{_root}.state";

    /// <summary>The queue of the ends of the stream: a message for each that has been decided.</summary>
    internal string Ends => $"{_root}.ends";

    /// <summary>The queue of consumers' reports to the leader, where the processes of the stream declare nothing.</summary>
    internal string Inbox => $"{_root}.in";

    /// <summary>The direct exchange of questions for reports of processes, and of the reports.</summary>
    internal string Reports => $"{_root}.rep";

    /// <summary>The queue of a consumer's values.</summary>
    internal string Values(string name) => $"{_root}.c.{KeyOf(name)}";

    /// <summary>The consumer, in lower case, whose values a queue has; null for another queue.</summary>
    internal string? ConsumerOf(string queue) =>
        Values("") is var prefix && queue.StartsWith(prefix, StringComparison.Ordinal) ? queue[prefix.Length..] : null;

    /// <summary>The queue of a consumer's durable position: the last message counts.</summary>
    internal string Checkpoint(string name) => $"{_root}.ck.{KeyOf(name)}";

    /// <summary>What is wrong with the name of the stream, or of one of its consumers; null for nothing.</summary>
    /// <param name="name">The consumer; null for the stream alone.</param>
    internal string? ProblemOf(string? name)
    {
        var longest = name is null ? Registry : Checkpoint(name);
        var bytes = Encoding.UTF8.GetByteCount(longest);
        if (bytes <= Longest) return null;
        return $"The name {(name is null ? "" : $"of consumer '{name}' ")}of stream '{stream}' is too long for RabbitMQ: queue '{longest}' "
            + $"would have {bytes} bytes of at most {Longest}.";
    }

    /// <summary>A name as part of a queue's name. Names of streams and consumers compare without case, names of queues do not.</summary>
    private static string KeyOf(string name) => name.ToLowerInvariant();
}
