using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <summary>The core's lock: one atomic operation to take it, a plain write to give it back.</summary>
/// <remarks>
/// <para>It is held for some tens of nanoseconds, and no user code runs under it. <see cref="Lock"/> takes
/// three times as long when nobody else wants it, which is nearly always. Who finds it taken spins briefly and then yields the
/// processor, in the end for a millisecond at a time (<see cref="SpinWait"/>): for when its holder was interrupted.</para>
/// <para>Not re-entrant. The write that gives it back releases what was written under it to the one who takes it next.</para>
/// </remarks>
internal sealed class Gate
{
    /// <summary>1 while it is held.</summary>
    private int _isHeld;

    /// <summary>Takes it. Dispose what this gives, once, to give it back.</summary>
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

    /// <summary>The time for which it is held.</summary>
    internal readonly ref struct Scope(Gate gate)
    {
        /// <summary>Gives it back.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => Volatile.Write(ref gate._isHeld, 0);
    }
}
