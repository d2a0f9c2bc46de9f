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
            process.Ledger.BeginValue(Name, process, value, delivery);
        await process.WorkAsync(values[0], abortToken);
        foreach (var value in values) process.Ledger.EndValue(Name, process, value);
    }
}
