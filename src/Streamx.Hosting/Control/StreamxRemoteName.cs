namespace Streamx.Hosting;

/// <summary>A registered name of a stream that goes between processes, at one moment, as far as this process knows.</summary>
public sealed record StreamxRemoteName
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>How many values it has not finished. Null where this process does not lead, and while the name has not said where it is.</summary>
    public required long? Lag { get; init; }

    /// <summary>The instance id of the process that gets its values. Null when it is not known, and when there is none.</summary>
    public required string? Instance { get; init; }

    /// <summary>The instance ids of the processes that stand by for it, as far as they are known. Empty where this process does not lead.</summary>
    public required IReadOnlyList<string> Standbys { get; init; }

    /// <summary>How many processes have joined under it, with those that stand by; 0 says that it has no live process. Null when it is not known.</summary>
    /// <remarks>The end of the last one is noticed some seconds later, as soon as the transport has seen twice that there is none.</remarks>
    public required int? Processes { get; init; }
}
