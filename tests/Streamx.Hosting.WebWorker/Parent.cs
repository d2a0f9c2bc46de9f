using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace Streamx.Hosting.WebWorker;

/// <summary>Ends the worker at once when the tests that started it have ended, even if they were killed.</summary>
internal sealed class Parent(int id) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var parent = Process.GetProcessById(id);
        await parent.WaitForExitAsync(stoppingToken);
        using var worker = Process.GetCurrentProcess();
        worker.Kill();
    }
}
