namespace Streamx.Hosting.Dashboard;

/// <summary>A stream, as the page shows it. Rates are null until it has been sampled for a second.</summary>
internal sealed record StreamDocument
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required StreamState State { get; init; }

    /// <summary>Its window.</summary>
    public required int Window { get; init; }

    /// <summary>How many values it has accepted.</summary>
    public required long ValuesPut { get; init; }

    /// <summary>How many of them were discarded without a subscription.</summary>
    public required long ValuesDiscarded { get; init; }

    /// <summary>How many values wait to be accepted.</summary>
    public required int PutsWaiting { get; init; }

    /// <summary>How long the oldest of them has waited; null when none waits.</summary>
    public required double? OldestWaitSeconds { get; init; }

    /// <summary>The consumers that waiting puts wait for; empty when none waits.</summary>
    public required IReadOnlyList<string> WaitingFor { get; init; }

    /// <summary>The consumer that puts have waited for most in the last seconds; null when they hardly waited.</summary>
    public required string? HeldBy { get; init; }

    /// <summary>
    /// The consumer that ultimately holds it: the end of the chain behind <see cref="HeldBy"/>, or of the chain that a put waits for now.
    /// Null when that is not a single consumer.
    /// </summary>
    public required HolderDocument? Holder { get; init; }

    /// <summary>Values accepted a second, in the last ten seconds.</summary>
    public required double? ItemsPerSecond { get; init; }

    /// <summary>Which part of the last second a put was waiting.</summary>
    public required double? BlockedRatio { get; init; }

    /// <summary>The producers, and the processors of other streams, that put into it.</summary>
    public required IReadOnlyList<ProducerDocument> Producers { get; init; }

    /// <summary>Its consumers.</summary>
    public required IReadOnlyList<ConsumerDocument> Consumers { get; init; }

    /// <summary>How many subscriptions of application code are not among <see cref="Consumers"/>, since there are too many.</summary>
    public required int OtherSubscriptions { get; init; }

    /// <summary>The state of a stream between processes; null for a stream in one process.</summary>
    public required RemoteDocument? Remote { get; init; }

    /// <summary>How long the host still waits for it to drain before it aborts it; null while the host does not stop.</summary>
    public required double? DrainSecondsLeft { get; init; }
}
