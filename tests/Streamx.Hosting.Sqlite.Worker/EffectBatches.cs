namespace Streamx.Hosting.Sqlite.Worker;

/// <summary>Handles batches, each in one transaction.</summary>
/// <param name="effects">What it does.</param>
internal sealed class EffectBatches(Effects effects) : IBatchConsumer<long>
{
    /// <summary>Its name.</summary>
    internal const string Name = "batches";

    /// <inheritdoc/>
    public ValueTask ConsumeAsync(StreamBatch<long> batch, CancellationToken abortToken) => effects.AddAsync(Name, batch.Memory.ToArray(), abortToken);
}
