namespace Streamx.Hosting;

/// <summary>How often, and after what waits, a failed operation is tried again.</summary>
/// <remarks>
/// The waits grow exponentially from <see cref="Delay"/>, with jitter, up to <see cref="MaxDelay"/>, as those of Polly's retry
/// strategy, which this configures. A wait ends at once when the stream is aborted.
/// </remarks>
public sealed class RetryOptions
{
    /// <summary>How often it is tried again after the first try.</summary>
    /// <value>
    /// At least 0. Default: 0 for <see cref="ConsumerOptions.Retry"/>, <see cref="int.MaxValue"/>, which means without end, for the
    /// options of restarts.
    /// </value>
    public int MaxAttempts { get; set; }

    /// <summary>The wait before the first further try, on average.</summary>
    /// <value>At least zero, at most a day. Default: 200 milliseconds.</value>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait.</summary>
    /// <value>At least <see cref="Delay"/>, at most a day. Default: 30 seconds.</value>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(30);
}
