namespace Streamx.Hosting.Tests.Workers;

/// <summary>A handler of the run whose constructor takes long, shared by several slots.</summary>
public sealed class ServiceHandlerTests : IDisposable
{
    private readonly TaskCompletionSource _isBuilding = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _mayBuild = new();
    private readonly Seen<int> _seen = new();
    private int _built;

    public void Dispose() => _mayBuild.Dispose();

    [Fact]
    public async Task Call_AnotherBuildsTheHandler_WaitsWithoutItsThread()
    {
        await using var services = CreateServices();
        await using var handler = CreateHandler(services);
        var first = Task.Run(async () => await handler.HandleAsync(1, default));
        await _isBuilding.Task.WithinAsync();
        try
        {
            var second = Task.CompletedTask;
            await Task.Run(() => { second = handler.HandleAsync(2, default).AsTask(); }).WithinAsync();

            Assert.False(second.IsCompleted);
            _mayBuild.Set();
            await Task.WhenAll(first, second).WithinAsync();
            Assert.Equal(1, _built);
            Assert.Equal([1, 2], _seen["handled"].Order());
        }
        finally
        {
            _mayBuild.Set();
        }
    }

    [Fact]
    public async Task Call_AbortedWhileAnotherBuildsTheHandler_Ends()
    {
        using var abort = new CancellationTokenSource();
        await using var services = CreateServices();
        await using var handler = CreateHandler(services);
        var first = Task.Run(async () => await handler.HandleAsync(1, default));
        await _isBuilding.Task.WithinAsync();
        try
        {
            var second = Task.Run(async () => await handler.HandleAsync(2, abort.Token));
            await abort.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WithinAsync());
            Assert.False(first.IsCompleted);
        }
        finally
        {
            _mayBuild.Set();
        }

        await first.WithinAsync();
        Assert.Equal([1], _seen["handled"]);
    }

    private ServiceProvider CreateServices() => new ServiceCollection()
        .AddScoped(_ =>
        {
            Interlocked.Increment(ref _built);
            _isBuilding.TrySetResult();
            _mayBuild.Wait();
            return new Slow();
        })
        .BuildServiceProvider();

    private ServiceHandler<Slow, int> CreateHandler(ServiceProvider services) => new(
        services,
        scopePerItem: false,
        (_, value, _) =>
        {
            _seen.Add("handled", value);
            return default;
        },
        error => throw error);

    private sealed class Slow;
}
