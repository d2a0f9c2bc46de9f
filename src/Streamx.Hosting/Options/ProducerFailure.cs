namespace Streamx.Hosting;

/// <summary>What happens when a producer has failed.</summary>
public enum ProducerFailure
{
    /// <summary>The stream faults; the host stops with exit code 1.</summary>
    FaultStream,

    /// <summary>After a wait the producer is started again.</summary>
    Restart,
}
