namespace Streamx.Hosting.Testing.Tests;

/// <summary>Does nothing with a value.</summary>
public sealed class Handler : IConsumer<int>
{
    public ValueTask ConsumeAsync(int value, CancellationToken abortToken) => default;
}
