namespace Streamx.Hosting.Testing.Tests;

/// <summary>Puts ten times the value.</summary>
public sealed class Tenfold : IProcessor<int, long>
{
    public async Task ProcessAsync(int value, IStreamWriter<long> output, CancellationToken abortToken) => await output.PutAsync(value * 10L, abortToken);
}
