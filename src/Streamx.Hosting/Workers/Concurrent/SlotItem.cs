using Streamx.Engine;

namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>The values that are gathered for a slot, and then in its hand.</summary>
/// <remarks>
/// Until they are begun it belongs to the <see cref="SlotFeed{T,TRead}"/>, under its lock; then to the slot's run, until that gives it
/// back.
/// </remarks>
/// <param name="reader">The reader of the consumer's values.</param>
/// <param name="onFinishing">Called with a value just before it is finished; null for no callback.</param>
/// <param name="infoOf">How a value came from another process; null in one process.</param>
/// <param name="mayFill">Whether it may get more values after its first.</param>
internal sealed class SlotItem<TRead>(
    ConcurrentReader<TRead> reader, Action<TRead>? onFinishing, Func<TRead, StreamxDelivery>? infoOf, bool mayFill)
    : IValuesInHand
{
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

    /// <summary>Since when it is in hand, by the stream's clock. Set when it is begun.</summary>
    internal long HeldSince { get; set; }

    /// <summary>Whether some of its values were in hand when the consumer left, and so were not finished.</summary>
    internal bool IsAbandoned { get; set; }

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

    /// <summary>Prepares to finish its only value, in the step of the subscription that begins the next.</summary>
    /// <returns>False if it may have several values, or has been settled otherwise: <see cref="Finish"/> finishes what is left.</returns>
    internal bool TryPrepareFinish()
    {
        if (mayFill || _isFinished[0]) return false;
        onFinishing?.Invoke(_values[0]);
        return true;
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

        IsAbandoned = finished < Count;
        return finished;
    }

    /// <summary>Adds a value, in the stream's order: one that has waited for its key may come after younger ones.</summary>
    internal void Add(in ReadValue<TRead> value)
    {
        if (Count == _values.Length) Grow();
        var index = Count;
        for (; index > 0 && _positions[index - 1] > value.Position; index--)
            (_values[index], _positions[index], _keys[index]) = (_values[index - 1], _positions[index - 1], _keys[index - 1]);
        (_values[index], _positions[index], _keys[index]) = (value.Value, value.Position, value.Key);
        _isFinished[Count] = false;
        KeyFailure = value.KeyFailure;
        Count++;
    }

    /// <summary>Forgets the values.</summary>
    internal void Clear()
    {
        _values.AsSpan(0, Count).Clear();
        (Count, KeyFailure) = (0, null);
    }

    private void Grow()
    {
        var length = 2 * Count;
        Array.Resize(ref _values, length);
        Array.Resize(ref _positions, length);
        Array.Resize(ref _keys, length);
        Array.Resize(ref _isFinished, length);
    }
}
