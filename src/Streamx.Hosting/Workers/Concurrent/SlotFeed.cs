using Streamx.Engine;

namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>Reads a consumer's values ahead, and gives each free slot the oldest that it may begin.</summary>
/// <remarks>
/// <para>One read at a time goes on, up to the window. What is read is not in hand until a slot begins it, which is one step of the
/// subscription: a consumer that leaves before never got it.</para>
/// <para>A slot that runs takes the next item itself, just before it handles it, so that handlers begin in the stream's order but for
/// values that wait for their key. Waiting slots are woken one after the other, by the one before, as long as there is something left to
/// take. The thread that has read runs the first of them, once its next read waits: a value that comes alone costs one work item.</para>
/// <para>Reads and woken slots go on in the <see cref="ContinuationQueue"/> of the stream: on one thread while all that runs there is
/// short, so that a slot whose handlers complete at once takes what is there before another thread looks; on a thread each, once a
/// handler takes long or blocks.</para>
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

    /// <summary>What a slot does first, or after a wait.</summary>
    /// <param name="wait">Its wait.</param>
    /// <param name="wasWoken">Whether it has waited since it last asked.</param>
    /// <param name="item">The item that it is to handle; null for none.</param>
    internal SlotStep Next(SlotWait wait, bool wasWoken, out SlotItem<TRead>? item)
    {
        var (now, reading) = (NowIfBatchesWait(), _reader.ReadClock());
        ReleaseList released = default;
        SlotStep step;
        SlotWakes wakes;
        lock (_lock)
        {
            if (wasWoken) _woken--;
            step = TakeLocked(now, reading, done: null, ref released, out item);
            wakes = WaitOrWakeLocked(step, wait, now);
        }

        CarryOut(wakes);
        return step;
    }

    /// <summary>Finishes the item that a slot has settled, and says what the slot does next.</summary>
    /// <remarks>
    /// A single value is finished, and the next one begun, in one step of the subscription: it costs half as many locks as two.
    /// </remarks>
    /// <param name="wait">Its wait.</param>
    /// <param name="item">The item that has been settled; then the item that it is to handle, or null for none.</param>
    /// <returns>What the slot does next, and how many values are finished; the others are abandoned.</returns>
    internal (SlotStep Step, int Finished) FinishThenNext(SlotWait wait, ref SlotItem<TRead>? item)
    {
        var done = item!;
        var isInStep = done.TryPrepareFinish();
        var finished = isInStep ? 1 : done.Finish();
        // Copied: another slot may use the item as soon as the lock is free.
        var (position, heldSince) = (done.Positions[0], done.HeldSince);
        var (now, reading) = (NowIfBatchesWait(), _reader.ReadClock());
        ReleaseList released = default;
        SlotStep step;
        SlotWakes wakes;
        lock (_lock)
        {
            // The consumer has left, so nothing more is begun.
            _isStopped |= done.IsAbandoned;
            // The next values of its keys may be begun.
            foreach (var key in done.Keys) _read.Release(done, key);
            step = TakeLocked(now, reading, isInStep ? done : null, ref released, out item);
            if (isInStep && done.IsAbandoned) finished = 0;
            // What the consumer had in hand when it left stays what it has in hand.
            if (!done.IsAbandoned)
            {
                _inHand.Remove(done);
                done.Clear();
                _spare.Push(done);
            }

            wakes = WaitOrWakeLocked(step, wait, now);
        }

        if (isInStep && finished > 0) _reader.AfterFinish([position], heldSince, ref released);
        CarryOut(wakes);
        return (step, finished);
    }

    /// <summary>Whether there will be no more items.</summary>
    private bool IsOverLocked => _isStopped || (_hasEnded && _read.Count == 0 && _gathered.Count == 0);

    /// <summary>Gives a slot the gathered item, if that is ready, in one step with the end of its last one.</summary>
    /// <param name="now">The time, if items may wait. Read without the lock, as the other: clocks may run unrelated callbacks.</param>
    /// <param name="reading">The time for the subscription.</param>
    /// <param name="done">An item that this finishes; null for none. It is abandoned if the consumer has left.</param>
    /// <param name="released">Gets the waiters that this releases.</param>
    /// <param name="item">The item.</param>
    private SlotStep TakeLocked(long now, long reading, SlotItem<TRead>? done, ref ReleaseList released, out SlotItem<TRead>? item)
    {
        item = null;
        var isOver = IsOverLocked;
        var takes = !isOver && TryGatherLocked(now);
        if (takes) _read.StopFilling(_gathered);
        var heldSince = 0L;
        if ((takes || done is not null)
            && !_reader.FinishThenBegin(
                done is null ? [] : done.Positions, takes ? _gathered.Positions : [], reading, out heldSince, ref released))
        {
            // The consumer has left.
            _isStopped = true;
            if (done is not null) done.IsAbandoned = true;
            return SlotStep.End;
        }

        if (!takes) return isOver ? SlotStep.End : SlotStep.Wait;
        item = _gathered;
        item.HeldSince = heldSince;
        _inHand.Add(item);
        _gathered = _spare.Pop();
        _isFilling = false;
        return SlotStep.Handle;
    }
}
