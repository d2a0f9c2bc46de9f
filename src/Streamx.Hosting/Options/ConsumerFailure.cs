namespace Streamx.Hosting;

/// <summary>What happens when a consumer has failed, and retries have not helped.</summary>
public enum ConsumerFailure
{
    /// <summary>The stream faults; the host stops with exit code 1.</summary>
    FaultStream,

    /// <summary>
    /// The value goes to the stream's dead-letter handler, if there is one, and the consumer goes on with the next value. Not for loops.
    /// </summary>
    Skip,

    /// <summary>The consumer leaves the stream, and the others go on. The exit code stays 0.</summary>
    Detach,

    /// <summary>After a wait the consumer is started again, still subscribed, and the value is delivered to it once more.</summary>
    Restart,
}
