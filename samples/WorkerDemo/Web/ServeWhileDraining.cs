using Microsoft.Extensions.Hosting;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Keeps the web server up while the streams drain, so that probes are answered to the end: not ready any more, but alive.</summary>
/// <remarks>
/// A host stops its web server first, but only after every <see cref="StoppingAsync"/>. These are called one by one, the last
/// registered first, and the streams begin to drain in theirs: so this has to be registered before the streams. Only for
/// streams whose writer nobody has injected: others close after the web server, which an endpoint may put from.
/// </remarks>
internal sealed class ServeWhileDraining(IStreamxShutdown shutdown) : IHostedLifecycleService
{
    /// <summary>Waits until the streams have ended, or the host will wait no longer.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken) =>
        await ((Task)shutdown.Report).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
