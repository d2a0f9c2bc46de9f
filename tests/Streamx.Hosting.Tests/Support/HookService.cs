namespace Streamx.Hosting.Tests.Support;

/// <summary>A hosted service beside the streams, to do something at a known point of the host's life.</summary>
internal sealed class HookService : IHostedService
{
    public Func<CancellationToken, Task> OnStart { get; init; } = _ => Task.CompletedTask;

    public Func<CancellationToken, Task> OnStop { get; init; } = _ => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => OnStart(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => OnStop(cancellationToken);
}
