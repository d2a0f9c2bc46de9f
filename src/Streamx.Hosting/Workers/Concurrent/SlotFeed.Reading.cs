using System.Runtime.CompilerServices;

namespace Streamx.Hosting.Workers.Concurrent;

/// <content>Reading ahead, until the stream ends or the consumer is stopped.</content>
internal sealed partial class SlotFeed<T, TRead>
{
    /// <summary>
    /// The numbers of keys that no unfinished value has, to be forgotten before the next is numbered. For the reading thread.
    /// </summary>
    private readonly Stack<int> _unusedKeys = [];

    /// <summary>Ends when the stream does, or when the consumer has left. Faults with what the last read threw.</summary>
    private readonly TaskCompletionSource _hasRead = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Goes on when a read that waited has ended.</summary>
    private readonly Action _onRead;

    /// <summary>The context that reading began in, and the key function is called in.</summary>
    private ExecutionContext _own = null!;

    /// <summary>The read under way. For the thread that began it, then for the one that ends it.</summary>
    private ConfiguredValueTaskAwaitable<bool>.ConfiguredValueTaskAwaiter _next;

    /// <summary>Reads until the stream ends or the consumer has left. Throws what the last read threw.</summary>
    internal Task ReadAsync()
    {
        _own = ExecutionContext.Capture()!;
        SlotWait? due = null;
        var waits = TryRead(begins: true, ref due);
        // The caller's thread is not the consumer's.
        if (due is not null) Wake(due);
        if (waits) AwaitNext();
        return _hasRead.Task;
    }

    /// <summary>A read that waited has ended. A slot that has been woken then runs on this thread.</summary>
    /// <remarks>
    /// Whatever a handler does to this thread, no value waits for it: the next read is a continuation of its own, and a slot that begins
    /// an item wakes another as long as there are values left. Both are run elsewhere if this thread does not return.
    /// </remarks>
    private void OnRead()
    {
        AmbientState.Restore(_own);
        SlotWait? due = null;
        if (TryRead(begins: false, ref due)) AwaitNext();
        due?.WakeHere();
    }

    /// <summary>From here on another thread may read.</summary>
    private void AwaitNext()
    {
        var next = _next;
        next.UnsafeOnCompleted(_onRead);
    }

    /// <summary>Takes what is ready, until a read waits.</summary>
    /// <param name="begins">Whether there is no read yet.</param>
    /// <param name="due">A slot that has been woken, for the caller to run.</param>
    /// <returns>Whether a read waits; if not, reading has ended.</returns>
    private bool TryRead(bool begins, ref SlotWait? due)
    {
        try
        {
            if (begins) BeginRead();
            while (_next.IsCompleted)
            {
#pragma warning disable VSTHRD002 // It has completed.
                if (!_next.GetResult())
#pragma warning restore VSTHRD002
                {
                    EndReading(error: null);
                    return false;
                }

                AddTaken(ref due);
                BeginRead();
            }

            return true;
        }
        catch (Exception error)
        {
            EndReading(error);
            return false;
        }
    }

    private void BeginRead() => _next = _reader.MoveNextAsync().ConfigureAwait(false).GetAwaiter();

    private void EndReading(Exception? error)
    {
        End(isStop: false);
        if (error is null) _hasRead.SetResult();
        else _hasRead.SetException(error);
    }

    /// <summary>Lets no slot begin another item.</summary>
    internal void Stop() => End(isStop: true);

    /// <summary>Adds what the last read has taken.</summary>
    /// <param name="due">A slot that has been woken, for the caller to run; set if there was none.</param>
    private void AddTaken(ref SlotWait? due)
    {
        if (_keys is null)
        {
            Add(_reader.Taken, _reader.Position, KeyTable<T>.None, keyFailure: null, ref due);
            return;
        }

        for (var i = 0; i < _reader.Taken.Length; i++)
        {
            // The key function is user code: no value waits until that of another is known.
            if (due is not null) Wake(due);
            due = null;
            while (_unusedKeys.TryPop(out var unused)) _keys.Forget(unused);
            var (key, failure) = (KeyTable<T>.None, (Exception?)null);
            try
            {
                key = _keys.NumberOf(_valueOf(_reader.Taken[i]));
            }
            catch (Exception error)
            {
                failure = error;
            }

            Add(_reader.Taken.Slice(i, 1), _reader.Position + i, key, failure, ref due);
        }
    }

    /// <summary>Adds values, in one step.</summary>
    /// <param name="values">The values, in order.</param>
    /// <param name="position">The position of the first.</param>
    /// <param name="key">The key of each.</param>
    /// <param name="keyFailure">Why they have none, although they should; null otherwise.</param>
    /// <param name="due">A slot that has been woken, for the caller to run; set if there was none.</param>
    private void Add(ReadOnlySpan<TRead> values, long position, int key, Exception? keyFailure, ref SlotWait? due)
    {
        var now = NowIfBatchesWait();
        SlotWakes wakes;
        lock (_lock)
        {
            foreach (var value in values)
                _read.Add(new ReadValue<TRead>(value, position++, key, keyFailure), _gathered.MayFill ? _gathered : null);
            _readEnd = position;
            while (_read.TryForget(out var unused)) _unusedKeys.Push(unused);
            wakes = WakeLocked(now);
        }

        if (due is null && wakes.Due is { NextDue: null } only)
        {
            due = only;
            wakes = wakes with { Due = null };
        }

        CarryOut(wakes);
    }

    private void End(bool isStop)
    {
        var now = NowIfBatchesWait();
        SlotWakes wakes;
        lock (_lock)
        {
            if (isStop) _isStopped = true;
            else _hasEnded = true;
            wakes = WakeLocked(now);
        }

        CarryOut(wakes);
    }
}
