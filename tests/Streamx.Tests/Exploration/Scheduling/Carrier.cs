namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>A thread of the operating system on which logical threads live, one after the other.</summary>
/// <remarks>Kept from one execution to the next, since starting a thread costs more than a whole execution.</remarks>
#pragma warning disable CA1001 // The handle of its semaphore is not used: there is nothing to dispose of.
internal sealed class Carrier
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _given = new(0);
    private readonly Thread _thread;
    private Action? _work;

    internal Carrier()
    {
        _thread = new Thread(Loop) { IsBackground = true, Name = "exploration" };
        _thread.Start();
    }

    /// <summary>Whether the thread sleeps or waits at this moment.</summary>
    internal bool IsWaiting => _thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin);

    /// <summary>Starts some work, once the last has ended.</summary>
    internal void Give(Action? work)
    {
        _work = work;
        _given.Release();
    }

    /// <summary>Ends the thread after its work.</summary>
    internal void Stop() => Give(null);

    private void Loop()
    {
        while (true)
        {
            _given.Wait();
            if (_work is not { } work) return;
            _work = null;
            work();
        }
    }
}
