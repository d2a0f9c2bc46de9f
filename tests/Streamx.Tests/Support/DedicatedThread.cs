namespace Streamx.Tests.Support;

/// <summary>Runs code on a thread of its own, which no continuation queued to the thread pool can ever run on.</summary>
internal static class DedicatedThread
{
    internal static Task RunAsync(Action action, int maxStackSize = 0)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(
            () =>
            {
                try
                {
                    action();
                    done.SetResult();
                }
                catch (Exception error)
                {
                    done.SetException(error);
                }
            },
            maxStackSize)
        { IsBackground = true };
        thread.Start();
        return done.Task.WithinAsync();
    }

    /// <summary>Whether another thread gets through the stream's lock while the caller goes nowhere.</summary>
    internal static bool CanUse<T>(AsyncStream<T> stream)
    {
        var thread = new Thread(() => _ = stream.State) { IsBackground = true };
        thread.Start();
        return thread.Join(TimeSpan.FromSeconds(5));
    }
}
