using System.Numerics;
using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <summary>Reads a subscription value by value.</summary>
/// <remarks>
/// A reader that has fallen behind takes several values at once, a <em>run</em>, and then advances through it
/// without the lock. Every step still takes effect on its own (<see cref="Member{T}.TryAdvanceInRun"/>), so a value of
/// a run that has not been asked for yet counts as one that is still in the stream.
/// </remarks>
internal sealed class ValueReader<T> : SubscriptionReader<T>, IAsyncEnumerator<T>
{
    /// <summary>How many values are copied for a run at most.</summary>
    private const int MaxCopied = 128;

    /// <summary>
    /// The values of the run, each at its position modulo the length, which is a power of two. The stream's own slots if values
    /// keep no object alive; otherwise copies, which the reader clears as it takes them.
    /// </summary>
    private T[] _run = [];

    /// <summary>The position after the run, or zero.</summary>
    private long _runEnd;

    /// <summary>The position of the value in hand, while there is a run.</summary>
    private long _position;

    internal ValueReader(StreamCore<T> core, Member<T> member, CancellationToken cancellationToken)
        : base(core, member)
    {
        if (member.Gates)
            RunLimit = RuntimeHelpers.IsReferenceOrContainsReferences<T>() ? Math.Min(MaxCopied, core.Window - 1) : core.Window - 1;
        LeaveOn(cancellationToken);
    }

    /// <summary>The value in hand. Cleared by the next read, so that a waiting consumer keeps no value alive.</summary>
    public T Current { get; private set; } = default!;

    /// <inheritdoc/>
    internal override bool IsInRun => _position + 1 < _runEnd;

    /// <inheritdoc/>
    public ValueTask<bool> MoveNextAsync() => IsInRun && TryAdvance() ? new ValueTask<bool>(true) : Core.Read(this);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Leave();
        return default;
    }

    /// <inheritdoc/>
    internal override void Accept(ValueRing<T> values, long position, int count) => Current = values[position];

    /// <inheritdoc/>
    internal override void AcceptNewest(T value) => Current = value;

    /// <inheritdoc/>
    internal override void AcceptRun(ValueRing<T> values, long position, int count)
    {
        (_position, _runEnd) = (position, position + 1 + count);
        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            _run = values.Slots;
            return;
        }

        if (_run.Length < count) _run = new T[BitOperations.RoundUpToPowerOf2((uint)count)];
        var start = (int)((position + 1) & (_run.Length - 1));
        var first = Math.Min(count, _run.Length - start);
        values.CopyTo(position + 1, _run.AsSpan(start, first));
        values.CopyTo(position + 1 + first, _run.AsSpan(0, count - first));
    }

    /// <inheritdoc/>
    protected override void Clear()
    {
        Current = default!;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            for (var position = _position + 1; position < _runEnd; position++) _run[position & (_run.Length - 1)] = default!;
        }

        _runEnd = 0;
    }

    /// <summary>Advances to the next value of the run, unless the run has been revoked.</summary>
    /// <remarks>
    /// The value is read before the step. If the step succeeds, the run had not been revoked until then, so the value had not
    /// been removed and its slot not been reused.
    /// </remarks>
    private bool TryAdvance()
    {
        Interleaving.Point("advance in run");
        var finished = _position;
        ref var slot = ref _run[(finished + 1) & (_run.Length - 1)];
        var value = slot;
        if (!Member.TryAdvanceInRun(finished)) return false;
        _position = finished + 1;
        Core.NoteHeld(Member);
        Current = value;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) slot = default!;
        Interleaving.Point("check whether the step is awaited");
        if (Core.IsAwaited(finished)) Core.Report(Member);
        Observer?.Read(finished: 1, taken: 1, finished + 1, Member.HeldSince, waits: false);
        return true;
    }
}
