namespace Streamx.Hosting;

/// <summary>Settings of one producer. Configuration section: <c>Streamx:&lt;stream name&gt;:Producers:&lt;name&gt;</c>.</summary>
public sealed class ProducerOptions
{
    /// <summary>What happens when the producer throws.</summary>
    /// <value>Default: <see cref="ProducerFailure.FaultStream"/>.</value>
    public ProducerFailure OnFailure { get; set; }

    /// <summary>
    /// With <see cref="ProducerFailure.Restart"/>: how often, and after what waits. Both start over once it has put a value.
    /// </summary>
    /// <value>
    /// Default: without end, after waits from 200 milliseconds to 30 seconds. When the attempts are used up, the stream faults.
    /// </value>
    public RetryOptions Restart { get; set; } = new() { MaxAttempts = int.MaxValue };
}
