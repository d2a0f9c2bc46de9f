namespace Streamx.Hosting.Telemetry;

/// <summary>The target of puts of a consumer's code. It separates their waits from the consumer's own work.</summary>
/// <param name="waits">The waits of the consumer.</param>
/// <param name="target">The stream it puts into.</param>
internal sealed class StageOutput(OutputWaits waits, HostedStream target)
{
    /// <summary>A put begins to wait, for its turn or for room. Under the lock of the stream it waits in.</summary>
    internal void Begin(long now) => waits.Begin(target, now);

    /// <summary>A put no longer waits. Under the same lock.</summary>
    internal void End(long now) => waits.End(target, now);
}
