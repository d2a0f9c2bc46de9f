namespace Streamx.Hosting.Testing.Tests;

/// <summary>Takes every letter.</summary>
public sealed class Letters : IDeadLetterHandler<int>
{
    public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken) => default;
}
