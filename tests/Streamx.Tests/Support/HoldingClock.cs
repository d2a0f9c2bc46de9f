using Microsoft.Extensions.Time.Testing;

namespace Streamx.Tests.Support;

/// <summary>A clock that can hold up one thread where it looks at the time.</summary>
internal sealed class HoldingClock : FakeTimeProvider, IDisposable
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();
    private int _heldThread;

    /// <summary>Ends when the thread to hold up has looked at the time and stands still.</summary>
    internal Task Reached => _reached.Task;

    internal void HoldThisThread() => Volatile.Write(ref _heldThread, Environment.CurrentManagedThreadId);

    internal void Release() => _released.Set();

    public void Dispose() => _released.Dispose();

    public override long GetTimestamp()
    {
        if (Interlocked.CompareExchange(ref _heldThread, 0, Environment.CurrentManagedThreadId) == Environment.CurrentManagedThreadId)
        {
            _reached.SetResult();
            Assert.True(_released.Wait(Bounded.Limit));
        }

        return base.GetTimestamp();
    }
}
