using Streamx.Engine;

namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>Reads a consumer's values ahead, and gives each free slot the oldest that it may begin.</summary>
/// <remarks>
/// <para>One read at a time goes on, up to the window. What is read is not in hand until a slot begins it, which is one step of the
/// subscription: a consumer that leaves before never got it.</para>
/// <para>A slot that runs takes the next item itself, just before it handles it, so that handlers begin in the stream's order but for
/// values that wait for their key. Waiting slots are woken one after the other, by the one before, as long as there is something left to
/// take. The thread that has read runs the first of them, once its next read waits: a value that comes alone costs one work item.</para>
/// <para>Everything is decided under one lock. The user's key function, clocks and waiting slots run without it.</para>
/// </remarks>
/// <typeparam name="T">The type of the stream's values.</typeparam>
/// <typeparam name="TRead">What a read gives: values, or something that carries them.</typeparam>
internal sealed partial class SlotFeed<T, TRead>
{
    private readonly ConcurrentReader<TRead> _reader;
    private readonly Func<TRead, T> _valueOf;
    private readonly BatchLimits _limits;
    private readonly int _window;

    /// <summary>Numbers the keys; null where the order of values does not matter. For the reading thread.</summary>
    private readonly KeyTable<T>? _keys;

    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>What has been read and is in no item.</summary>
    private readonly ReadValues<TRead> _read = new();

    /// <summary>The items in hand.</summary>
    private readonly List<SlotItem<TRead>> _inHand = [];

    /// <summary>Items that are not in use. One more than there are slots, for the one that is gathered.</summary>
    private readonly Stack<SlotItem<TRead>> _spare;

    /// <summary>The slots that wait: the last to come is woken first, since its data is in the processor's cache.</summary>
    private readonly Stack<SlotWait> _waiting = [];

    /// <summary>How many slots have been woken and have not asked since.</summary>
    private int _woken;

    /// <summary>The position after the last value that has been read.</summary>
    private long _readEnd;

    /// <summary>Whether nothing more will be read.</summary>
    private bool _hasEnded;

    /// <summary>Whether no slot begins another item.</summary>
    private bool _isStopped;

    internal SlotFeed(
        ConcurrentReader<TRead> reader,
        Func<TRead, T> valueOf,
        KeyTable<T>? keys,
        BatchLimits limits,
        int window,
        TimeProvider clock,
        IEnumerable<SlotItem<TRead>> items)
    {
        _reader = reader;
        _valueOf = valueOf;
        _keys = keys;
        _limits = limits;
        _window = window;
        _clock = clock;
        _spare = new(items);
        _gathered = _spare.Pop();
        _onRead = OnRead;
    }

    /// <summary>How many values wait for their key.</summary>
    internal int WaitingForKey
    {
        get
        {
            lock (_lock) return _read.WaitingForKey;
        }
    }

    /// <summary>Which values slots have in hand, in their order.</summary>
    internal ItemInHand InHand
    {
        get
        {
            lock (_lock)
            {
                var positions = _inHand.SelectMany(item => item.Positions.ToArray()).ToArray();
                var deliveries = _inHand.SelectMany(item => item.Deliveries).ToArray();
                if (deliveries.Length > 0) Array.Sort([.. positions], deliveries);
                Array.Sort(positions);
                return new ItemInHand(positions.FirstOrDefault(), positions.Length, deliveries, positions);
            }
        }
    }

    /// <summary>Which values the slot with the oldest of them has in hand.</summary>
    internal ItemInHand OldestInHand
    {
        get
        {
            lock (_lock) return _inHand.MinBy(static item => item.Positions[0])?.Item ?? default;
        }
    }

    /// <summary>What a slot does next.</summary>
    /// <param name="wait">Its wait.</param>
    /// <param name="wasWoken">Whether it has waited since it last asked.</param>
    /// <param name="item">The item that it is done with, which has been settled, or null; then the item that it is to handle.</param>
    internal SlotStep Next(SlotWait wait, bool wasWoken, ref SlotItem<TRead>? item)
    {
        var now = NowIfBatchesWait();
        var beginsAt = _reader.ReadClock();
        SlotStep step;
        SlotWakes wakes;
        lock (_lock)
        {
            if (wasWoken) _woken--;
            if (item is not null) ReleaseLocked(item);
            step = TakeLocked(now, beginsAt, out item);
            if (step == SlotStep.Wait)
            {
                wait.Begin();
                _waiting.Push(wait);
            }

            wakes = WakeLocked(now);
        }

        CarryOut(wakes);
        return step;
    }

    /// <summary>Whether there will be no more items.</summary>
    private bool IsOverLocked => _isStopped || (_hasEnded && _read.Count == 0 && _gathered.Count == 0);

    /// <summary>Takes back an item that has been settled: the next values of its keys may be begun.</summary>
    private void ReleaseLocked(SlotItem<TRead> item)
    {
        if (item.IsAbandoned)
        {
            // The consumer has left, so nothing more is begun, and this is what it had in hand.
            _isStopped = true;
            return;
        }

        foreach (var key in item.Keys) _read.Release(item, key);
        _inHand.Remove(item);
        item.Clear();
        _spare.Push(item);
    }

    /// <summary>Gives a slot the gathered item, if that is ready.</summary>
    /// <param name="now">The time, if items may wait. Read without the lock, as the other: clocks may run unrelated callbacks.</param>
    /// <param name="beginsAt">The time for the subscription.</param>
    /// <param name="item">The item.</param>
    private SlotStep TakeLocked(long now, long beginsAt, out SlotItem<TRead>? item)
    {
        item = null;
        if (IsOverLocked) return SlotStep.End;
        if (!TryGatherLocked(now)) return SlotStep.Wait;
        _read.StopFilling(_gathered);
        foreach (var position in _gathered.Positions)
        {
            if (_reader.Begin(position, beginsAt, out var heldSince))
            {
                _gathered.HeldSince = heldSince;
                continue;
            }

            // The consumer has left.
            _isStopped = true;
            return SlotStep.End;
        }

        item = _gathered;
        _inHand.Add(item);
        _gathered = _spare.Pop();
        _isFilling = false;
        return SlotStep.Handle;
    }

    /// <summary>
    /// Wakes a slot that waits, if there is something to take and no slot is about to; all of them, if there is nothing any more.
    /// </summary>
    private SlotWakes WakeLocked(long now)
    {
        SlotWait? due = null;
        if (IsOverLocked)
        {
            while (_waiting.TryPop(out var wait)) AddDue(wait);
        }
        else if (_woken == 0 && _waiting.Count > 0 && TryGatherLocked(now))
        {
            AddDue(_waiting.Pop());
        }

        var startsTimer = _startsTimer;
        _startsTimer = false;
        return new SlotWakes(due, startsTimer);

        void AddDue(SlotWait wait)
        {
            _woken++;
            wait.NextDue = due;
            due = wait;
        }
    }

    /// <summary>Without the lock: carries out what has been decided under it.</summary>
    private void CarryOut(SlotWakes wakes)
    {
        if (wakes.StartsTimer) StartTimer();
        for (var due = wakes.Due; due is not null;)
        {
            var wait = due;
            due = wait.NextDue;
            wait.NextDue = null;
            wait.Wake();
        }
    }
}
