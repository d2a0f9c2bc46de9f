namespace Streamx.Hosting.Workers.Concurrent;

/// <content>Reading ahead, until the stream ends or the consumer is stopped.</content>
internal sealed partial class SlotFeed<T, TRead>
{
    /// <summary>Reads until the stream ends or the consumer has left. Throws what the last read threw.</summary>
    internal async Task ReadAsync()
    {
        try
        {
            while (await _reader.MoveNextAsync().ConfigureAwait(false)) Add(_reader.Current, _reader.Position);
        }
        finally
        {
            End(isStop: false);
        }
    }

    /// <summary>Lets no slot begin another item.</summary>
    internal void Stop() => End(isStop: true);

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
        SlotWakes wakes;
        lock (_lock)
        {
            _readEnd = position + 1;
            _read.Add(new ReadValue<TRead>(value, position, key, failure), _gathered.MayFill ? _gathered : null);
            wakes = WakeLocked(now);
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
}
