namespace Streamx.Hosting.RabbitMQ;

/// <summary>What a stream's exchanges and queues are called.</summary>
/// <param name="prefix">What all names of an installation begin with.</param>
/// <param name="stream">The stream's name.</param>
internal sealed class Topology(string prefix, string stream)
{
    /// <summary>The routing key of what is for the leader alone.</summary>
    internal const string LeaderKey = "";

    /// <summary>The routing key of the word that the stream has come to its end, for those in line to lead it. No name has a colon.</summary>
    internal const string EndKey = ":end";

    /// <summary>The routing key of what processes say of themselves. Its own, so that who does not know of it does not get it.</summary>
    internal const string PresenceKey = ":present";

    private readonly string _root = $"{prefix}.{stream}";

    /// <summary>The fan-out exchange the leader appends to.</summary>
    internal string Data => $"{_root}.data";

    /// <summary>The direct exchange consumers report to: under their name, or under a key that is no name.</summary>
    internal string Control => $"{_root}.ctl";

    /// <summary>The queue of the one token that is the lease.</summary>
    internal string Lock => $"{_root}.lock";

    /// <summary>The queue of registrations and retirements that no leader has taken into its token yet.</summary>
    internal string Registry => $"{_root}.names";

    /// <summary>The queue of a name's values.</summary>
    internal string Values(string name) => $"{_root}.c.{KeyOf(name)}";

    /// <summary>The queue of a name's durable position: the last message counts.</summary>
    internal string Checkpoint(string name) => $"{_root}.ck.{KeyOf(name)}";

    /// <summary>The routing key of a name's positions. Names compare without case, queues do not.</summary>
    internal static string KeyOf(string name) => name.ToLowerInvariant();
}
