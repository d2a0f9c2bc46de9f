using Microsoft.Extensions.Hosting;

namespace Streamx.Hosting.Testing;

/// <summary>Leaves the signals to the process: a test's host must not keep Ctrl+C from ending the test run.</summary>
internal sealed class SilentLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
