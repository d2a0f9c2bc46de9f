namespace Streamx.Hosting.Testing;

/// <summary>Tells everybody who waits that something has happened.</summary>
/// <remarks>Beaten from within streams and timers, so nobody's code runs on the thread that beats it.</remarks>
internal sealed class Pulse
{
    private TaskCompletionSource _next = Create();

    /// <summary>Ends with the next beat. Read it before looking at what may have happened, and no beat is missed.</summary>
    internal Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Something has happened.</summary>
    internal void Beat() => Interlocked.Exchange(ref _next, Create()).TrySetResult();

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
