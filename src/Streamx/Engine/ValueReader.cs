using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <summary>Reads a subscription value by value.</summary>
/// <remarks>
/// A reader that has fallen behind takes several values out of the stream at once, a <em>run</em>, and then goes through it
/// without the lock. Every step is still told to the stream as it happens (<see cref="Member{T}.TryAdvanceInRun"/>), so a value of
/// a run that has not been asked for yet is no more taken than one that is still in the ring.
/// </remarks>
internal sealed class ValueReader<T> : SubscriptionReader<T>, IAsyncEnumerator<T>
{
    /// <summary>How many values a run has at most, besides the one in hand.</summary>
    private const int MaxRun = 128;

    /// <summary>The values of the run that are still to come. Filled under the core's lock, emptied by the reader.</summary>
    private T[] _run = [];

    /// <summary>The next value of the run.</summary>
    private int _next;

    /// <summary>The end of the run.</summary>
    private int _end;

    /// <summary>The position of the value in hand, while there is a run.</summary>
    private long _position;

    internal ValueReader(StreamCore<T> core, Member<T> member, CancellationToken cancellationToken)
        : base(core, member)
    {
        RunLimit = member.Gates ? Math.Min(MaxRun, core.Window - 1) : 0;
        LeaveOn(cancellationToken);
    }

    /// <summary>The value in hand. Cleared by the next read, so that a waiting consumer keeps nothing alive.</summary>
    public T Current { get; private set; } = default!;

    /// <inheritdoc/>
    public ValueTask<bool> MoveNextAsync() => _next < _end && TryAdvance() ? new ValueTask<bool>(true) : Core.Read(this);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Leave();
        return default;
    }

    /// <inheritdoc/>
    internal override void Accept(T value, int index, int count) => Current = value;

    /// <inheritdoc/>
    internal override void AcceptRun(ValueRing<T> values, long position, int count)
    {
        if (_run.Length < count) _run = new T[Math.Min(RunLimit, Math.Max(count, 2 * _run.Length))];
        for (var i = 0; i < count; i++) _run[i] = values[position + 1 + i];
        (_next, _end, _position) = (0, count, position);
    }

    /// <inheritdoc/>
    protected override void Clear()
    {
        Current = default!;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _run.AsSpan(_next, _end - _next).Clear();
        (_next, _end) = (0, 0);
    }

    /// <summary>Goes on to the next value of the run, unless it has been taken back.</summary>
    private bool TryAdvance()
    {
        Interleaving.Point("advance in run");
        if (!Member.TryAdvanceInRun(_position)) return false;
        var finished = _position++;
        Core.NoteHeld(Member);
        ref var slot = ref _run[_next++];
        Current = slot;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) slot = default!;
        Interleaving.Point("look whether someone waits");
        if (Core.IsWanted(finished)) Core.Report(Member);
        return true;
    }
}
