namespace Streamx;

/// <summary>A stream and its subscriptions at one moment, consistent also under load.</summary>
public sealed record StreamSnapshot
{
    /// <summary>The stream's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where the stream is in its life.</summary>
    public required StreamState State { get; init; }

    /// <summary>How many values may be put but not yet finished by the slowest subscription.</summary>
    public required int Window { get; init; }

    /// <summary>How many values the stream has accepted.</summary>
    public required long ValuesPut { get; init; }

    /// <summary>How many of <see cref="ValuesPut"/> were dropped because no subscription gated the stream.</summary>
    public required long ValuesDiscarded { get; init; }

    /// <summary>
    /// How many values wait for their turn or for room: one for each waiting put, and what is left of each call that puts many.
    /// </summary>
    public required int ValuesWaiting { get; init; }

    /// <summary>How long the oldest waiting put has waited; for a call that puts many, since its last value was accepted.</summary>
    /// <value>Null when no put waits.</value>
    public required TimeSpan? OldestWaitingPutAge { get; init; }

    /// <summary>The subscriptions that have not left, in the order in which they joined.</summary>
    public required IReadOnlyList<SubscriptionSnapshot> Subscriptions { get; init; }
}
