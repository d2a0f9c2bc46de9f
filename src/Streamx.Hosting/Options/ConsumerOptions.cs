namespace Streamx.Hosting;

/// <summary>Settings of one consumer. Configuration section: <c>Streamx:&lt;stream name&gt;:Consumers:&lt;name&gt;</c>.</summary>
public class ConsumerOptions
{
    /// <summary>Whether each value, or batch, gets a service scope and a handler instance of its own.</summary>
    /// <value>
    /// Default: true. False keeps one scope and one instance for the whole run, which is faster. Loops always have one for the
    /// run, delegates none.
    /// </value>
    /// <remarks>A scope that is kept is disposed, with its handler, after the last value: the place for what is left to do at the end.</remarks>
    public bool ScopePerValue { get; set; } = true;

    /// <summary>Which values the consumer sees.</summary>
    /// <value>
    /// Default: <see cref="SubscriptionMode.Every"/>. A <see cref="SubscriptionMode.Latest"/> consumer never makes a put wait; it
    /// jumps to the newest value.
    /// </value>
    public SubscriptionMode Mode { get; set; } = SubscriptionMode.Every;
}
