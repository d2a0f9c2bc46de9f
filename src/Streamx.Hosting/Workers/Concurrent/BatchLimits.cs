namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>How large the items of slots become, and how long they wait for that.</summary>
/// <param name="MaxSize">How many values an item has at most.</param>
/// <param name="MaxWait">How long an item waits for more after its first value.</param>
/// <param name="Share">How many values it has at most while another slot has any: an equal part of the window.</param>
internal sealed record BatchLimits(int MaxSize, TimeSpan MaxWait, int Share)
{
    /// <summary>Items of one value.</summary>
    internal static readonly BatchLimits One = new(1, TimeSpan.Zero, 1);

    /// <summary>The limits of a batch consumer.</summary>
    internal static BatchLimits Of(BatchConsumerOptions options, int window) =>
        new(options.MaxBatchSize, options.MaxBatchWait, (int)Math.Ceiling((double)window / options.Concurrency));
}
