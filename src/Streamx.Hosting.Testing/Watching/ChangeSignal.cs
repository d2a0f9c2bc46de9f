namespace Streamx.Hosting.Testing;

/// <summary>Signals to every waiting test that something has changed.</summary>
/// <remarks>Notified from within streams and timers, so continuations do not run on the notifying thread.</remarks>
internal sealed class ChangeSignal
{
    private TaskCompletionSource _next = Create();

    /// <summary>Ends with the next notification. Read it before checking a condition, so that no change is missed.</summary>
    internal Task WhenChanged => Volatile.Read(ref _next).Task;

    /// <summary>Signals a change.</summary>
    internal void Notify() => Interlocked.Exchange(ref _next, Create()).TrySetResult();

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
