namespace Streamx.Hosting;

/// <summary>What happens when a consumer has held one value for too long.</summary>
public enum StallAction
{
    /// <summary>A warning is logged, and health is degraded while it lasts.</summary>
    Warn,

    /// <summary>As <see cref="Warn"/>, and the consumer leaves the stream; the others go on.</summary>
    Detach,

    /// <summary>As <see cref="Warn"/>, and the stream faults; the host stops with exit code 1.</summary>
    FaultStream,
}
