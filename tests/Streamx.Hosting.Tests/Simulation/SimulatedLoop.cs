namespace Streamx.Hosting.Tests.Simulation;

/// <summary>The consumer with a loop of its own of a simulated process.</summary>
internal sealed class SimulatedLoop(SimulatedProcess process) : IStreamConsumer<int>
{
    /// <summary>Its name.</summary>
    internal const string Name = "loop";

    /// <inheritdoc/>
    public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
    {
        await foreach (var value in stream.WithCancellation(abortToken))
        {
            process.BeginValue(Name, value, delivery: null);
            await process.FinishAsync(Name, [value], abortToken);
        }
    }
}
