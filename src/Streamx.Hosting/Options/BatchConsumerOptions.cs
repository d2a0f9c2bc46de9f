namespace Streamx.Hosting;

/// <summary>Settings of one batch consumer.</summary>
/// <remarks>
/// A batch is delivered when it is full, when it holds all the stream's window allows, when it has waited long enough, or when
/// the stream closes or faults, whichever is first. In strict lock-step every batch has one value: give the stream a window.
/// </remarks>
public sealed class BatchConsumerOptions : ConsumerOptions
{
    /// <summary>The default of <see cref="MaxBatchSize"/>.</summary>
    internal const int DefaultMaxBatchSize = 100;

    /// <summary>The default of <see cref="MaxBatchWait"/>.</summary>
    internal static readonly TimeSpan DefaultMaxBatchWait = TimeSpan.FromMilliseconds(100);

    /// <summary>How many values a batch has at most.</summary>
    /// <value>At least 1. Default: 100.</value>
    public int MaxBatchSize { get; set; } = DefaultMaxBatchSize;

    /// <summary>How long a batch waits for more after its first value.</summary>
    /// <value>Default: 100 milliseconds. Zero takes what is there.</value>
    public TimeSpan MaxBatchWait { get; set; } = DefaultMaxBatchWait;
}
