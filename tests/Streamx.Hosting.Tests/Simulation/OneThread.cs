namespace Streamx.Hosting.Tests.Simulation;

/// <summary>Has the thread pool run on one thread: its work items run one after another, in an order that is always the same.</summary>
/// <remarks>
/// Continuations that were told not to capture a context run on the pool, and no scheduler of a test's can take them from it. But a pool
/// of one thread is such a scheduler: what runs on it knows that nothing else does.
/// </remarks>
public sealed class OneThread : IDisposable
{
    private readonly (int Workers, int Ports) _least;
    private readonly (int Workers, int Ports) _most;

    public OneThread()
    {
        ThreadPool.GetMinThreads(out _least.Workers, out _least.Ports);
        ThreadPool.GetMaxThreads(out _most.Workers, out _most.Ports);
        Assert.True(ThreadPool.SetMinThreads(1, 1));
        Assert.True(ThreadPool.SetMaxThreads(1, 1));
    }

    /// <summary>Waits, on the pool, until it has nothing else to run.</summary>
    public static async Task IdleAsync()
    {
        do
        {
            // Behind everything that is queued now.
            await Task.Yield();
        }
        while (ThreadPool.PendingWorkItemCount > 0);
    }

    public void Dispose()
    {
        ThreadPool.SetMaxThreads(_most.Workers, _most.Ports);
        ThreadPool.SetMinThreads(_least.Workers, _least.Ports);
    }
}
