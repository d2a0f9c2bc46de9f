namespace Streamx.Hosting.RabbitMQ;

/// <summary>The values of the AMQP property <c>type</c>.</summary>
internal static class MessageTypes
{
    /// <summary>To consumers: a value.</summary>
    internal const string Value = "streamx.value";

    /// <summary>To consumers: the end of the stream.</summary>
    internal const string Close = "streamx.close";

    /// <summary>To consumers: a leader asks for their positions, and replaces the leaders before it.</summary>
    internal const string Sync = "streamx.sync";

    /// <summary>To consumers: the epoch's first value has this number.</summary>
    internal const string Begin = "streamx.begin";

    /// <summary>From consumers: a <see cref="RabbitMQ.Checkpoint"/>.</summary>
    internal const string Position = "streamx.position";

    /// <summary>From consumers: a <see cref="SyncAnswer"/>.</summary>
    internal const string Synced = "streamx.synced";

    /// <summary>From consumers: a <see cref="SyncAnswer"/> of a consumer that misses values.</summary>
    internal const string Missing = "streamx.missing";

    /// <summary>From consumers: a <see cref="SyncAnswer"/> to a leader whose epoch is older than one that the consumer has seen.</summary>
    internal const string Newer = "streamx.newer";

    /// <summary>From consumers: a <see cref="RabbitMQ.Presence"/>.</summary>
    internal const string Present = "streamx.present";

    /// <summary>From consumers and operators: a <see cref="RabbitMQ.Membership"/>.</summary>
    internal const string Membership = "streamx.membership";

    /// <summary>In the queue of ends: an end has been decided.</summary>
    internal const string End = "streamx.end";

    /// <summary>Between processes: a question for reports.</summary>
    internal const string Ask = "streamx.ask";

    /// <summary>Between processes: a report, which hosting reads and writes.</summary>
    internal const string Report = "streamx.report";

    /// <summary>To every process: a queue, named by the message's id, has been made again.</summary>
    internal const string Remade = "streamx.remade";

    /// <summary>The lease.</summary>
    internal const string Lease = "streamx.lease";
}
