using System.Threading.Tasks.Sources;
using Streamx.Engine;

namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>The item of one slot: the values that it has in hand, or that are gathered for it; and the task that waits for the next item.</summary>
/// <remarks>While the slot waits it belongs to the <see cref="SlotFeed{T,TRead}"/>, under its lock; otherwise to the slot's run.</remarks>
/// <param name="reader">The reader of the consumer's values.</param>
/// <param name="onFinishing">Called with a value just before it is finished; null for no callback.</param>
/// <param name="infoOf">How a value came from another process; null in one process.</param>
/// <param name="mayFill">Whether it may get more values after its first.</param>
internal sealed class SlotItem<TRead>(ConcurrentReader<TRead> reader, Action<TRead>? onFinishing, Func<TRead, StreamxDelivery>? infoOf, bool mayFill)
    : IValuesInHand, IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> _next = new() { RunContinuationsAsynchronously = true };
    private TRead[] _values = new TRead[1];
    private long[] _positions = new long[1];
    private int[] _keys = new int[1];

    /// <summary>Which values are finished already, because they were settled otherwise than by handling them.</summary>
    private bool[] _isFinished = new bool[1];

    /// <summary>The values of its own keys that it may take next, while it fills.</summary>
    internal PriorityQueue<ReadValue<TRead>, long> OwnKeys { get; } = new();

    /// <summary>Whether it may get more values after its first.</summary>
    internal bool MayFill => mayFill;

    /// <summary>How many values it has.</summary>
    internal int Count { get; private set; }

    /// <summary>The values.</summary>
    internal ReadOnlyMemory<TRead> Values => _values.AsMemory(0, Count);

    /// <summary>Their positions, in order.</summary>
    internal ReadOnlySpan<long> Positions => _positions.AsSpan(0, Count);

    /// <summary>The numbers of their keys.</summary>
    internal ReadOnlySpan<int> Keys => _keys.AsSpan(0, Count);

    /// <summary>Why its only value has no key, although it should; null otherwise.</summary>
    internal Exception? KeyFailure { get; private set; }

    /// <summary>Whether the values are in hand: gathered and begun.</summary>
    internal bool IsInHand { get; set; }

    /// <summary>The next of the items that are to be handed out once the lock is free.</summary>
    internal SlotItem<TRead>? NextDue { get; set; }

    /// <inheritdoc/>
    public ItemInHand Item => new(_positions[0], Count, Deliveries, Positions.ToArray());

    /// <summary>How the values came from another process; empty in one process.</summary>
    internal StreamxDelivery[] Deliveries => infoOf is null ? [] : Array.ConvertAll(Values.ToArray(), value => infoOf(value));

    /// <inheritdoc/>
    public int SettleOtherwise(int index, int count)
    {
        for (var settled = 0; settled < count; settled++)
        {
            onFinishing?.Invoke(_values[index + settled]);
            if (!reader.Finish(_positions[index + settled], isSettledOtherwise: true)) return settled;
            _isFinished[index + settled] = true;
        }

        return count;
    }

    /// <summary>Finishes those values that are not finished.</summary>
    /// <returns>How many are finished; the others are abandoned, because the consumer has left.</returns>
    internal int Finish()
    {
        var finished = 0;
        for (var i = 0; i < Count; i++)
        {
            if (!_isFinished[i])
            {
                onFinishing?.Invoke(_values[i]);
                if (!reader.Finish(_positions[i])) continue;
            }

            finished++;
        }

        return finished;
    }

    /// <summary>Adds a value.</summary>
    internal void Add(in ReadValue<TRead> value)
    {
        if (Count == _values.Length) Grow();
        (_values[Count], _positions[Count], _keys[Count], _isFinished[Count]) = (value.Value, value.Position, value.Key, false);
        KeyFailure = value.KeyFailure;
        Count++;
    }

    /// <summary>Forgets the values.</summary>
    internal void Clear()
    {
        _values.AsSpan(0, Count).Clear();
        (Count, KeyFailure, IsInHand) = (0, null, false);
    }

    /// <summary>Begins to wait for an item.</summary>
    internal void BeginWait() => _next.Reset();

    /// <summary>The wait, which ends with whether there is an item.</summary>
    internal ValueTask<bool> WaitAsync() => new(this, _next.Version);

    /// <summary>Ends the wait. Without a lock held.</summary>
    internal void EndWait(bool hasItem) => _next.SetResult(hasItem);

    /// <inheritdoc/>
    public bool GetResult(short token) => _next.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _next.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _next.OnCompleted(continuation, state, token, flags);

    private void Grow()
    {
        var length = 2 * Count;
        Array.Resize(ref _values, length);
        Array.Resize(ref _positions, length);
        Array.Resize(ref _keys, length);
        Array.Resize(ref _isFinished, length);
    }
}
