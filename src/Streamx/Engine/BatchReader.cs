using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <summary>Reads a subscription batch by batch.</summary>
/// <remarks>
/// A batch that may wait to fill is read in two steps: look until there is a first value, then take when it is full, or when
/// the time is up. The values stay in the stream until they are taken, so leaving between the steps abandons none.
/// </remarks>
internal sealed class BatchReader<T> : SubscriptionReader<T>, IAsyncEnumerator<StreamBatch<T>>
{
    /// <summary>How many values a batch has at most.</summary>
    private readonly int _maxSize;

    /// <summary>How many values end the wait: a full batch, or all the window allows, since no more can come then.</summary>
    private readonly int _full;

    /// <summary>How long a batch waits to fill.</summary>
    private readonly TimeSpan _maxWait;

    /// <summary>Ends the wait. Created for the first batch that waits, then reused.</summary>
    private OneShotTimer? _timer;

    /// <summary>When the present wait began; zero while there is none. Read by the timer's callback.</summary>
    private long _fillingSince;

    /// <inheritdoc cref="_fillingSince"/>
    internal long FillingSince => Interlocked.Read(ref _fillingSince);

    /// <summary>1 while a read is going on, in either step.</summary>
    private int _isReading;

    /// <summary>The values in hand.</summary>
    private T[] _buffer = [];

    /// <summary>How many values are in hand.</summary>
    private int _count;

    internal BatchReader(
        StreamCore<T> core, Member<T> member, int maxSize, TimeSpan maxWait, CancellationToken first, CancellationToken second)
        : base(core, member)
    {
        _maxSize = maxSize;
        _full = member.Gates ? Math.Min(maxSize, core.Window) : 1;
        _maxWait = maxWait;
        LeaveOn(first, second);
    }

    /// <summary>The batch in hand. The next read reuses its memory.</summary>
    public StreamBatch<T> Current => new(_buffer.AsMemory(0, _count));

    /// <inheritdoc/>
    public ValueTask<bool> MoveNextAsync()
    {
        if (_full > 1 && _maxWait != TimeSpan.Zero) return FillAsync();
        Limit = _maxSize;
        return Core.Read(this);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Leave();
        _timer?.Dispose();
        return default;
    }

    /// <inheritdoc/>
    internal override void Accept(ValueRing<T> values, long position, int count)
    {
        MakeRoomFor(count);
        values.CopyTo(position, _buffer.AsSpan(0, count));
    }

    /// <inheritdoc/>
    internal override void AcceptNewest(T value)
    {
        MakeRoomFor(1);
        _buffer[0] = value;
    }

    /// <inheritdoc/>
    protected override void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _buffer.AsSpan(0, _count).Clear();
        _count = 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync()
    {
        if (Interlocked.Exchange(ref _isReading, 1) == 1)
            throw ReadUnderWay();
        try
        {
            (Needed, Limit) = (1, 0);
            if (!await Core.Read(this).ConfigureAwait(false)) return false;
            (Needed, Limit) = (_full, _maxSize);
            var full = Core.Read(this);
            // Only once the read waits: a timer that fires before that would find no read to end.
            if (!full.IsCompleted) StartTimer();
            return await full.ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Exchange(ref _fillingSince, 0);
            Interlocked.Exchange(ref _isReading, 0);
        }
    }

    private void MakeRoomFor(int count)
    {
        if (_buffer.Length < count) _buffer = new T[Math.Min(_maxSize, Math.Max(count, 2 * _buffer.Length))];
        _count = count;
    }

    private void StartTimer()
    {
        if (_maxWait == Timeout.InfiniteTimeSpan) return;
        // A timestamp of zero would look like no wait at all.
        Interlocked.Exchange(ref _fillingSince, Math.Max(1, Core.TimeProvider.GetTimestamp()));
        _timer ??= new OneShotTimer(Core.TimeProvider, static state => ((BatchReader<T>)state!).OnTimer(), this);
        _timer.Set(_maxWait);
    }

    /// <summary>
    /// Ends the wait if its time is up. After a callback of an earlier wait, or an early one, the timer is set for the rest.
    /// </summary>
    private void OnTimer()
    {
        var since = FillingSince;
        if (since == 0) return;
        var rest = _maxWait - Core.TimeProvider.GetElapsedTime(since);
        if (rest <= TimeSpan.Zero) Core.EndWaitForMore(this, since);
        else _timer!.Set(TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds)));
    }
}
