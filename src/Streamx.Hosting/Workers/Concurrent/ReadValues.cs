namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>
/// The values that have been read and that no slot has begun: those that a slot may take, and those that wait for their key. Guarded by the
/// lock of its owner.
/// </summary>
/// <remarks>
/// <para>Of the values of a key at most one may be taken: the oldest, while no slot has one of that key. A slot whose item fills may go on
/// with the next of its own keys.</para>
/// <para>Values that may be taken are in two lists: those that nothing held back, in the order they were read, and those that waited for
/// their key, by position. The older head is the next. Allocates only while it grows, up to the window.</para>
/// </remarks>
internal sealed class ReadValues<TRead>
{
    /// <summary>The values that never had to wait, in order.</summary>
    private readonly Queue<ReadValue<TRead>> _free = [];

    /// <summary>The values that had waited for their key, by position.</summary>
    private readonly PriorityQueue<ReadValue<TRead>, long> _released = new();

    /// <summary>The state of each key, by number.</summary>
    private readonly List<KeyState> _keys = [];

    /// <summary>Queues of keys that have been forgotten, to be used again.</summary>
    private readonly Stack<Queue<ReadValue<TRead>>> _spareQueues = [];

    /// <summary>Keys that had no value left when they were added here.</summary>
    private readonly Stack<int> _unused = [];

    /// <summary>How many values there are.</summary>
    internal int Count { get; private set; }

    /// <summary>How many of them wait for their key.</summary>
    internal int WaitingForKey { get; private set; }

    /// <summary>Adds a value that has been read.</summary>
    /// <param name="value">The value.</param>
    /// <param name="filling">The slot whose item fills; null for none.</param>
    internal void Add(in ReadValue<TRead> value, SlotItem<TRead>? filling)
    {
        Count++;
        if (value.Key < 0)
        {
            _free.Enqueue(value);
            return;
        }

        while (_keys.Count <= value.Key) _keys.Add(new KeyState());
        var key = _keys[value.Key];
        if (key.Owner is null && !key.IsAvailable)
        {
            key.IsAvailable = true;
            _free.Enqueue(value);
        }
        else if (key.Owner is not null && key.Owner == filling && !key.IsAvailable)
        {
            key.IsAvailable = true;
            filling.OwnKeys.Enqueue(value, value.Position);
        }
        else
        {
            (key.Waiting ??= _spareQueues.TryPop(out var spare) ? spare : []).Enqueue(value);
            WaitingForKey++;
        }
    }

    /// <summary>Takes the oldest value that a slot may take.</summary>
    internal bool TryTake(SlotItem<TRead> slot, out ReadValue<TRead> taken)
    {
        switch (Next(slot, out taken))
        {
            case Source.Free: _free.Dequeue(); break;
            case Source.Released: _released.Dequeue(); break;
            case Source.Own: slot.OwnKeys.Dequeue(); break;
            default: return false;
        }

        Count--;
        if (taken.Key >= 0) Own(_keys[taken.Key], slot);
        return true;
    }

    /// <summary>Whether the oldest value that a slot may take lacks the key that it should have.</summary>
    internal bool NextHasFailed(SlotItem<TRead> slot) => Next(slot, out var next) != Source.None && next.KeyFailure is not null;

    /// <summary>A slot's item fills no more: what it might have taken of its own keys waits until the item is settled.</summary>
    internal void StopFilling(SlotItem<TRead> slot)
    {
        while (slot.OwnKeys.TryDequeue(out var value, out _))
        {
            var key = _keys[value.Key];
            key.IsAvailable = false;
            key.Next = value;
            WaitingForKey++;
        }
    }

    /// <summary>A slot's item has been settled: the next value of its key may be taken.</summary>
    internal void Release(SlotItem<TRead> slot, int number)
    {
        if (number < 0 || _keys[number] is not { } key || key.Owner != slot) return;
        key.Owner = null;
        if (TryNext(key, out var next))
        {
            key.IsAvailable = true;
            _released.Enqueue(next, next.Position);
        }
        else if (!key.IsListedUnused)
        {
            key.IsListedUnused = true;
            _unused.Push(number);
        }
    }

    /// <summary>A key that no unfinished value has. The caller forgets it.</summary>
    internal bool TryForget(out int number)
    {
        while (_unused.TryPop(out number))
        {
            var key = _keys[number];
            key.IsListedUnused = false;
            if (key.Owner is not null || key.IsAvailable) continue;
            if (key.Waiting is { } queue) _spareQueues.Push(queue);
            key.Waiting = null;
            return true;
        }

        return false;
    }

    /// <summary>The oldest value that a slot may take, and where it is.</summary>
    private Source Next(SlotItem<TRead> slot, out ReadValue<TRead> next)
    {
        var source = _free.TryPeek(out next) ? Source.Free : Source.None;
        if (_released.TryPeek(out var released, out _) && (source == Source.None || released.Position < next.Position))
            (source, next) = (Source.Released, released);
        if (slot.OwnKeys.TryPeek(out var own, out _) && (source == Source.None || own.Position < next.Position))
            (source, next) = (Source.Own, own);
        return source;
    }

    /// <summary>A slot takes a value of a key: no other slot may until it is settled, and the next one only while the item fills.</summary>
    private void Own(KeyState key, SlotItem<TRead> slot)
    {
        key.Owner = slot;
        key.IsAvailable = false;
        if (!slot.MayFill || !TryNext(key, out var next)) return;
        key.IsAvailable = true;
        slot.OwnKeys.Enqueue(next, next.Position);
    }

    private bool TryNext(KeyState key, out ReadValue<TRead> next)
    {
        if (key.Next is { } first)
        {
            next = first;
            key.Next = null;
        }
        else if (key.Waiting is null || !key.Waiting.TryDequeue(out next))
        {
            next = default;
            return false;
        }

        WaitingForKey--;
        return true;
    }

    /// <summary>Where a value is that may be taken.</summary>
    private enum Source
    {
        None,
        Free,
        Released,
        Own,
    }

    /// <summary>What is known of a key.</summary>
    private sealed class KeyState
    {
        /// <summary>The slot that has values of the key in hand; null for none.</summary>
        internal SlotItem<TRead>? Owner { get; set; }

        /// <summary>Whether the oldest value may be taken: by its owner while the item fills, or by any slot.</summary>
        internal bool IsAvailable { get; set; }

        /// <summary>The oldest value that waits, if an item stopped filling before it.</summary>
        internal ReadValue<TRead>? Next { get; set; }

        /// <summary>The values that wait, in order.</summary>
        internal Queue<ReadValue<TRead>>? Waiting { get; set; }

        /// <summary>Whether it is in the list of unused keys.</summary>
        internal bool IsListedUnused { get; set; }
    }
}
