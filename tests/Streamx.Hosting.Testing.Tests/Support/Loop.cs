namespace Streamx.Hosting.Testing.Tests;

/// <summary>Does nothing with values, in a loop of its own.</summary>
public sealed class Loop : IStreamConsumer<int>
{
    public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
    {
        await foreach (var value in stream) _ = value;
    }
}
