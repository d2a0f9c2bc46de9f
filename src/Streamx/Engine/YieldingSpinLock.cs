using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <summary>A lock that spins, then yields: one atomic operation to take it, a plain write to release it.</summary>
/// <remarks>
/// <para>For locks that are held for some tens of nanoseconds, without user code. <see cref="Lock"/> takes
/// three times as long without contention, which is the usual case. A thread that finds it taken spins briefly and then yields the
/// processor, in the end for a millisecond at a time (<see cref="SpinWait"/>), in case its holder was preempted.</para>
/// <para>Not re-entrant. The releasing write publishes what was written under it to the next holder.</para>
/// </remarks>
internal sealed class YieldingSpinLock
{
    /// <summary>1 while it is taken.</summary>
    private int _isHeld;

    /// <summary>Takes it. Dispose the scope, once, to release it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Scope Enter()
    {
        if (Interlocked.CompareExchange(ref _isHeld, 1, 0) != 0) WaitAndEnter();
        return new Scope(this);
    }

    private void WaitAndEnter()
    {
        SpinWait spinner = default;
        do spinner.SpinOnce();
        while (Volatile.Read(ref _isHeld) != 0 || Interlocked.CompareExchange(ref _isHeld, 1, 0) != 0);
    }

    /// <summary>Holds the lock until it is disposed.</summary>
    internal readonly ref struct Scope(YieldingSpinLock owner)
    {
        /// <summary>Releases the lock.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => Volatile.Write(ref owner._isHeld, 0);
    }
}
