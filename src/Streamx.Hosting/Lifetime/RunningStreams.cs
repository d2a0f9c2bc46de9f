namespace Streamx.Hosting.Lifetime;

/// <summary>The progress of the host with its streams, for observers. Reading it neither builds a stream nor waits for one.</summary>
internal sealed class RunningStreams
{
    /// <summary>The streams, once their consumers have been subscribed.</summary>
    private volatile IReadOnlyList<HostedStream> _streams = [];

    /// <summary>Whether the host has begun to end them.</summary>
    private volatile bool _isEnding;

    /// <summary>The streams, in the order of registration; none before all consumers have been subscribed.</summary>
    internal IReadOnlyList<HostedStream> Streams => _streams;

    /// <summary>Whether the host has begun to end them.</summary>
    internal bool IsEnding => _isEnding;

    /// <summary>Every consumer has been subscribed.</summary>
    internal void OnSubscribed(IReadOnlyList<HostedStream> streams) => _streams = streams;

    /// <summary>The host begins to end the streams.</summary>
    internal void OnEnding() => _isEnding = true;
}
