namespace Streamx.Hosting;

/// <summary>A stream and its workers at one moment.</summary>
public sealed record StreamxStreamStatus
{
    /// <summary>The stream's name.</summary>
    public required string Name { get; init; }

    /// <summary>The stream, with all its current subscriptions.</summary>
    public required StreamSnapshot Stream { get; init; }

    /// <summary>Its registered producers, in the order of registration.</summary>
    public required IReadOnlyList<StreamxProducerStatus> Producers { get; init; }

    /// <summary>Its registered consumers and processors, in the order of registration.</summary>
    public required IReadOnlyList<StreamxConsumerStatus> Consumers { get; init; }

    /// <summary>
    /// The holder of the stream: the consumer that its puts ultimately wait for. Null while no put waits, and while several consumers are
    /// missing.
    /// </summary>
    public StreamxHolder? Holder { get; init; }

    /// <summary>How many control actions it has seen: pauses, resumes, detaches, attaches and drains.</summary>
    public required long ControlActions { get; init; }

    /// <summary>The state of a stream between processes; null for a stream in one process.</summary>
    public StreamxRemoteStatus? Remote { get; init; }

    /// <summary>How long the host still waits for the stream to drain before it aborts it; zero once that is over.</summary>
    /// <value>Null while the host does not stop, and when it waits without a limit.</value>
    public TimeSpan? DrainTimeLeft { get; init; }
}
