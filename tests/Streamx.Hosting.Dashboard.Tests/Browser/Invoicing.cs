namespace Streamx.Hosting.Dashboard.Tests.Browser;

/// <summary>A stage between two streams.</summary>
internal sealed class Invoicing : IProcessor<int, string>
{
    public async Task ProcessAsync(int value, IStreamWriter<string> output, CancellationToken abortToken) => await output.PutAsync($"Invoice {value}", abortToken);
}
