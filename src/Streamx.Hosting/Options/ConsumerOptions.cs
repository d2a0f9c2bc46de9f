namespace Streamx.Hosting;

/// <summary>Settings of one consumer. Configuration section: <c>Streamx:&lt;stream name&gt;:Consumers:&lt;name&gt;</c>.</summary>
public class ConsumerOptions
{
    /// <summary>Whether each value, or batch, gets a service scope and a handler instance of its own.</summary>
    /// <value>
    /// Default: true. False keeps one scope and one instance for the whole run, which is faster. Loops always have one for the
    /// run, delegates none.
    /// </value>
    /// <remarks>A scope that is kept is disposed, with its handler, after the last value: do final work in the disposal.</remarks>
    public bool ScopePerValue { get; set; } = true;

    /// <summary>Which values the consumer sees.</summary>
    /// <value>
    /// Default: <see cref="SubscriptionMode.Every"/>. A <see cref="SubscriptionMode.Latest"/> consumer never makes a put wait; it
    /// jumps to the newest value.
    /// </value>
    public SubscriptionMode Mode { get; set; } = SubscriptionMode.Every;

    /// <summary>How often, and after what waits, a handler is called again with a value, or a batch, that it failed on.</summary>
    /// <value>Default: not at all. Not for loops.</value>
    /// <remarks>The value stays in hand meanwhile: it is not finished, and the time counts as this consumer's.</remarks>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>What happens when the consumer has failed, and <see cref="Retry"/> has not helped.</summary>
    /// <value>Default: <see cref="ConsumerFailure.FaultStream"/>. Loops cannot <see cref="ConsumerFailure.Skip"/>.</value>
    public ConsumerFailure OnFailure { get; set; }

    /// <summary>
    /// With <see cref="ConsumerFailure.Restart"/>: how often, and after what waits. Both start over once a value has been settled.
    /// </summary>
    /// <value>
    /// Default: without end, after waits from 200 milliseconds to 30 seconds. When the attempts are used up, the stream faults.
    /// </value>
    public RetryOptions Restart { get; set; } = new() { MaxAttempts = int.MaxValue };

    /// <summary>How long the consumer may hold one value, or batch, before that counts as a stall.</summary>
    /// <value>More than zero. Default: 10 seconds. <see cref="Timeout.InfiniteTimeSpan"/> never does.</value>
    /// <remarks>Noticed when the time is up, once for each value. Retries and the waits before them count as holding.</remarks>
    public TimeSpan StallAfter { get; set; } = DefaultStallAfter;

    /// <summary>The default of <see cref="StallAfter"/>.</summary>
    internal static readonly TimeSpan DefaultStallAfter = TimeSpan.FromSeconds(10);

    /// <summary>What happens when the consumer stalls.</summary>
    /// <value>Default: <see cref="StallAction.Warn"/>.</value>
    public StallAction OnStall { get; set; }
}
