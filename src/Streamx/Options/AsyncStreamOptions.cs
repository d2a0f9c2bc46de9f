namespace Streamx;

/// <summary>Settings of a stream. Read once, by the stream's constructor.</summary>
public sealed class AsyncStreamOptions
{
    /// <summary>The smallest window: strict lock-step.</summary>
    internal const int MinWindow = 1;

    /// <summary>The largest window.</summary>
    internal const int MaxWindow = 1_048_576;

    /// <summary>The name the stream has in snapshots and telemetry.</summary>
    /// <value>Null, the default, takes the name of the value type.</value>
    public string? Name { get; set; }

    /// <summary>How many values may be put but not yet finished by the slowest subscription.</summary>
    /// <value>
    /// 1 to 1,048,576. The default, 1, is strict lock-step: the next put waits until every subscription has finished the last value.
    /// </value>
    public int Window { get; set; } = MinWindow;

    /// <summary>What happens to a put when no subscription gates the stream.</summary>
    /// <value>Default: <see cref="NoSubscribers.Wait"/>.</value>
    public NoSubscribers WhenNoSubscribers { get; set; } = NoSubscribers.Wait;

    /// <summary>Lets a put run consumers' continuations, and a read run a producer's, on the caller's thread.</summary>
    /// <value>Default: false, continuations go to the thread pool.</value>
    /// <remarks>
    /// Faster, and dangerous in the same ways as <c>System.Threading.Channels.ChannelOptions.AllowSynchronousContinuations</c>,
    /// from which it is taken: the caller runs other code inside its put or read. Nesting is bounded; past the bound the
    /// continuation goes to the thread pool.
    /// </remarks>
    public bool AllowSynchronousContinuations { get; set; }

    /// <summary>The clock behind ages, waiting times and the wait for a batch to fill.</summary>
    /// <value>Default: <see cref="System.TimeProvider.System"/>.</value>
    /// <remarks>The stream asks it for the time while it holds no lock, so it may use the stream.</remarks>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
