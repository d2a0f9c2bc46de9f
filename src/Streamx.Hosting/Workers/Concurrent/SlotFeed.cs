using Streamx.Engine;

namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>Reads a consumer's values ahead, and gives each free slot the oldest that it may begin.</summary>
/// <remarks>
/// <para>One read at a time goes on, up to the window. What is read is not in hand until a slot begins it, which is one step of the
/// subscription: a consumer that leaves before never got it.</para>
/// <para>Slots begin values in the stream's order, but for those that wait for their key. A batch that waits to fill gets what can be
/// taken before a free slot does.</para>
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

    /// <summary>Numbers the keys; null where the order of values does not matter. For the reading task alone.</summary>
    private readonly KeyTable<T>? _keys;

    /// <summary>Guards everything below, and the items of slots that wait.</summary>
    private readonly Lock _lock = new();

    /// <summary>What has been read and not begun.</summary>
    private readonly ReadValues<TRead> _read = new();

    /// <summary>The slots that wait with nothing: the last to come is served first, since its data is in the processor's cache.</summary>
    private readonly Stack<SlotItem<TRead>> _waiting = [];

    /// <summary>How many slots have an item in hand.</summary>
    private int _busy;

    /// <summary>How many values have been read: the position of the next one, once there is any.</summary>
    private long _readEnd;

    /// <summary>Whether nothing more will be read.</summary>
    private bool _hasEnded;

    /// <summary>Whether no slot begins another item.</summary>
    private bool _isStopped;

    /// <summary>The items that are to be handed out once the lock is free.</summary>
    private SlotItem<TRead>? _due;

    /// <summary>Whether the timer is to be started once the lock is free.</summary>
    private bool _startsTimer;

    internal SlotFeed(ConcurrentReader<TRead> reader, Func<TRead, T> valueOf, KeyTable<T>? keys, BatchLimits limits, int window, TimeProvider clock)
    {
        _reader = reader;
        _valueOf = valueOf;
        _keys = keys;
        _limits = limits;
        _window = window;
        _clock = clock;
    }

    /// <summary>How many values wait for their key.</summary>
    internal int WaitingForKey
    {
        get
        {
            lock (_lock) return _read.WaitingForKey;
        }
    }

    /// <summary>Reads until the stream ends or the consumer has left. Throws what the last read threw.</summary>
    internal async Task ReadAsync()
    {
        try
        {
            while (await _reader.MoveNextAsync().ConfigureAwait(false)) Add(_reader.Current, _reader.Position);
        }
        finally
        {
            Change(() => _hasEnded = true);
        }
    }

    /// <summary>Which values slots have in hand, in their order.</summary>
    internal ItemInHand InHand(SlotItem<TRead>[] items)
    {
        lock (_lock)
        {
            var busy = items.Where(item => item.IsInHand).ToList();
            var positions = busy.SelectMany(item => item.Positions.ToArray()).ToArray();
            var deliveries = busy.SelectMany(item => item.Deliveries).ToArray();
            if (deliveries.Length > 0) Array.Sort([.. positions], deliveries);
            Array.Sort(positions);
            return new ItemInHand(positions.FirstOrDefault(), positions.Length, deliveries, positions);
        }
    }

    /// <summary>Lets no slot begin another item.</summary>
    internal void Stop() => Change(() => _isStopped = true);

    /// <summary>A slot is done with its item, which has been settled, and waits for the next.</summary>
    /// <returns>Whether there is one; false when the slot is to end.</returns>
    internal ValueTask<bool> NextAsync(SlotItem<TRead> slot)
    {
        var now = NowIfBatchesWait();
        SlotItem<TRead>? due;
        bool isDecided, startsTimer;
        lock (_lock)
        {
            if (slot.IsInHand)
            {
                _busy--;
                foreach (var key in slot.Keys) _read.Release(slot, key);
            }

            slot.Clear();
            slot.BeginWait();
            _waiting.Push(slot);
            DispatchLocked(now);
            due = TakeDueLocked(slot, out isDecided, out startsTimer);
        }

        HandOut(due, startsTimer);
        return isDecided ? new ValueTask<bool>(slot.IsInHand) : slot.WaitAsync();
    }

    private void Add(TRead value, long position)
    {
        var key = KeyTable<T>.None;
        Exception? failure = null;
        if (_keys is not null)
        {
            ForgetUnusedKeys();
            try
            {
                key = _keys.NumberOf(_valueOf(value));
            }
            catch (Exception error)
            {
                failure = error;
            }
        }

        var now = NowIfBatchesWait();
        SlotItem<TRead>? due;
        bool startsTimer;
        lock (_lock)
        {
            _readEnd = position + 1;
            _read.Add(new ReadValue<TRead>(value, position, key, failure), _filling);
            DispatchLocked(now);
            due = TakeDueLocked(out startsTimer);
        }

        HandOut(due, startsTimer);
    }

    private void ForgetUnusedKeys()
    {
        while (true)
        {
            int number;
            lock (_lock)
            {
                if (!_read.TryForget(out number)) return;
            }

            _keys!.Forget(number);
        }
    }

    private void Change(Action change)
    {
        var now = NowIfBatchesWait();
        SlotItem<TRead>? due;
        bool startsTimer;
        lock (_lock)
        {
            change();
            DispatchLocked(now);
            due = TakeDueLocked(out startsTimer);
        }

        HandOut(due, startsTimer);
    }

    /// <summary>Gives what can be taken to slots that wait.</summary>
    private void DispatchLocked(long now)
    {
        while (!_isStopped && (_filling ?? (_waiting.TryPeek(out var waiting) ? waiting : null)) is { } slot)
        {
            FillLocked(slot);
            if (slot.Count == 0) break;
            if (slot != _filling) _waiting.Pop();
            if (!IsCompleteLocked(slot, now))
            {
                if (slot != _filling) BeginFillingLocked(slot, now);
                return;
            }

            _filling = null;
            if (!TryBeginLocked(slot)) _isStopped = true;
            AddDueLocked(slot);
        }

        // What is left belongs to slots that are at work, and will go on with it; or there is nothing left.
        if (!_isStopped && !(_hasEnded && _read.Count == 0)) return;
        if (_filling is { } unfilled) AddDueLocked(unfilled);
        _filling = null;
        while (_waiting.TryPop(out var slot)) AddDueLocked(slot);
    }

    private void FillLocked(SlotItem<TRead> slot)
    {
        var limit = LimitLocked;
        while (slot.Count < limit && slot.KeyFailure is null)
        {
            // A value without the key that it should have fails, and so it is an item of its own.
            if (slot.Count > 0 && _read.NextHasFailed(slot)) return;
            if (!_read.TryTake(slot, out var value)) return;
            slot.Add(value);
        }
    }

    /// <summary>How many values an item has at most.</summary>
    private int LimitLocked => _busy > 0 ? Math.Min(_limits.MaxSize, _limits.Share) : _limits.MaxSize;

    /// <summary>Begins the values of an item, in one step for the feed: values begin in their order.</summary>
    /// <returns>False if the consumer has left.</returns>
    private bool TryBeginLocked(SlotItem<TRead> slot)
    {
        _read.StopFilling(slot);
        foreach (var position in slot.Positions)
        {
            if (_reader.Begin(position)) continue;
            slot.Clear();
            return false;
        }

        slot.IsInHand = true;
        _busy++;
        return true;
    }

    private void AddDueLocked(SlotItem<TRead> slot)
    {
        if (!slot.IsInHand) slot.Clear();
        slot.NextDue = _due;
        _due = slot;
    }

    private SlotItem<TRead>? TakeDueLocked(out bool startsTimer)
    {
        startsTimer = _startsTimer;
        _startsTimer = false;
        var due = _due;
        _due = null;
        return due;
    }

    /// <summary>Takes the items that are due; that of the caller, if it is one of them, is left out.</summary>
    private SlotItem<TRead>? TakeDueLocked(SlotItem<TRead> caller, out bool isDecided, out bool startsTimer)
    {
        isDecided = false;
        SlotItem<TRead>? others = null;
        for (var slot = TakeDueLocked(out startsTimer); slot is not null;)
        {
            var next = slot.NextDue;
            if (slot == caller)
            {
                isDecided = true;
            }
            else
            {
                slot.NextDue = others;
                others = slot;
            }

            slot = next;
        }

        return others;
    }

    private void HandOut(SlotItem<TRead>? due, bool startsTimer)
    {
        if (startsTimer) StartTimer();
        while (due is { } slot)
        {
            due = slot.NextDue;
            slot.NextDue = null;
            slot.EndWait(slot.IsInHand);
        }
    }
}
