using Microsoft.Extensions.Hosting;

namespace Streamx.Hosting.WebWorker;

/// <summary>Puts negative numbers until it is stopped, as any background service may that takes a writer from the container.</summary>
/// <param name="orders">The writer.</param>
/// <param name="file">Where it writes how many puts were accepted, and whether the next one was cancelled, or else the type of its exception.</param>
internal sealed class Feed(IStreamWriter<long> orders, string file) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var accepted = 0L;
        try
        {
            while (true)
            {
                await orders.PutAsync(-1 - accepted, stoppingToken);
                accepted++;
            }
        }
        catch (Exception error)
        {
            var ending = error is OperationCanceledException ? "cancelled" : error.GetType().Name;
            await File.WriteAllTextAsync(file, $"{accepted} {ending}", CancellationToken.None);
            throw;
        }
    }
}
