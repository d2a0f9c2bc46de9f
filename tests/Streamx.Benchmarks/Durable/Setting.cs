namespace Streamx.Benchmarks.Durable;

/// <summary>What is measured together.</summary>
/// <param name="IsFull">Whether each commit is flushed to the disk (<c>synchronous=FULL</c>), or only at checkpoints (<c>NORMAL</c>).</param>
/// <param name="Consumers">How many consumers.</param>
/// <param name="Window">The stream's window.</param>
internal sealed record Setting(bool IsFull, int Consumers, int Window)
{
    /// <summary>The consumers' names.</summary>
    public string[] Names => [.. Enumerable.Range(1, Consumers).Select(number => $"consumer-{number}")];
}
