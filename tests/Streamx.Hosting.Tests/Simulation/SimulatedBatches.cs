namespace Streamx.Hosting.Tests.Simulation;

/// <summary>The consumer of batches of a simulated process.</summary>
internal sealed class SimulatedBatches(SimulatedProcess process) : IBatchConsumer<int>
{
    /// <summary>Its name.</summary>
    internal const string Name = "batches";

    /// <inheritdoc/>
    public async ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
    {
        int[] values = [.. batch];
        foreach (var (value, delivery) in values.Zip(StreamxDelivery.CurrentBatch))
            process.BeginValue(Name, value, delivery);
        await process.FinishAsync(Name, values, abortToken);
    }
}
