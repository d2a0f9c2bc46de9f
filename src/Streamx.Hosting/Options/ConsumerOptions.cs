namespace Streamx.Hosting;

/// <summary>Settings of one consumer. Configuration section: <c>Streamx:&lt;stream name&gt;:Consumers:&lt;name&gt;</c>.</summary>
public class ConsumerOptions
{
    private PartitionKeys? _partition;

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

    /// <summary>With which value of a durable stream the consumer begins when it is first registered.</summary>
    /// <value>
    /// Default: <see cref="StartFrom.Now"/>, the first value that is put after that. <see cref="StartFrom.Oldest"/> needs an engine that
    /// keeps values. A consumer that is registered goes on where it was.
    /// </value>
    public StartFrom StartFrom { get; set; }

    /// <summary>How many values, or batches, are handled at the same time. Each is handled in a slot.</summary>
    /// <value>
    /// At least 1, and at most the stream's <see cref="StreamxOptions.Window"/>: the window counts from the oldest unfinished value.
    /// Default: 1. Not for loops, nor with <see cref="SubscriptionMode.Latest"/>.
    /// </value>
    /// <remarks>
    /// <para>Handlers begin in the stream's order and may end in any, unless <see cref="PartitionBy"/> keeps the order of each key. So the
    /// puts of a processor come in the order in which they end.</para>
    /// <para>With <see cref="ScopePerValue"/> false, slots share one handler, which has to be thread-safe. Delegates and the stream's
    /// dead-letter handler are called concurrently as well.</para>
    /// </remarks>
    public int Concurrency { get; set; } = 1;

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

    /// <summary>
    /// Has values with equal keys handled one at a time and in the stream's order, however many slots the consumer has.
    /// </summary>
    /// <typeparam name="T">The type of the stream's values.</typeparam>
    /// <typeparam name="TKey">The type of the keys; they are compared by <see cref="EqualityComparer{T}.Default"/>.</typeparam>
    /// <param name="key">
    /// The key of a value: always the same for the same value. Null means that the value has no order. Called by one thread at a time.
    /// </param>
    /// <remarks>
    /// <para>The next value of a key begins only when the one before is settled, its retries and its dead letter included. A value that
    /// waits for its key takes no slot.</para>
    /// <para>An exception counts as a failure of the value: it is not retried, and <see cref="OnFailure"/> applies. With
    /// <see cref="ConsumerFailure.Restart"/> the stream faults at once, since another handler gives the value no key. A function for
    /// another type than that of the stream's values fails the start.</para>
    /// </remarks>
    public void PartitionBy<T, TKey>(Func<T, TKey> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _partition = new PartitionKeys<T, TKey>(key);
    }

    /// <summary>The key of a value; null for none. Not a property, since it is not a setting that can be bound.</summary>
    internal PartitionKeys? GetPartition() => _partition;
}
