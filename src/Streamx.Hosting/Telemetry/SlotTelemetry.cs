using System.Diagnostics;

namespace Streamx.Hosting.Telemetry;

/// <summary>Measures one slot of a consumer: a place in which it handles its items, one at a time.</summary>
/// <remarks>
/// Only the slot's run writes the fields of the item in hand. The thread that detaches the consumer reads them; the core has then
/// decided that the item is abandoned, so the run does not touch them again.
/// </remarks>
internal sealed partial class SlotTelemetry
{
    /// <summary>The position of a slot without an item, where a slot says what it begins: behind all others.</summary>
    private const long NoPosition = long.MaxValue;

    private readonly StreamTelemetry _stream;
    private readonly ConsumerWorker _worker;

    /// <summary>Whether it begins and finishes items by itself, as one of several slots; otherwise reads do.</summary>
    private readonly bool _saysWhatItBegins;

    /// <summary>How many values are in hand.</summary>
    private int _inHand;

    /// <summary>The position of the first of them.</summary>
    private long _position;

    /// <summary>When they were taken.</summary>
    private long _takenAt;

    /// <summary>How many of them have been settled otherwise than by handling them.</summary>
    private int _settledInHand;

    /// <summary>Why they could not be handled; null if they could.</summary>
    private Exception? _failure;

    internal SlotTelemetry(StreamTelemetry stream, ConsumerWorker worker)
    {
        _stream = stream;
        _worker = worker;
        _times = new StateTimes(stream.Clock, StateCount);
        OutputWaits = new OutputWaits(this, stream.Clock);
        _saysWhatItBegins = worker.Options.Concurrency > 1;
        if (_saysWhatItBegins) _position = NoPosition;
    }

    /// <summary>The puts of its code that wait in other streams.</summary>
    internal OutputWaits OutputWaits { get; }

    /// <summary>The position of the first value in hand.</summary>
    internal long Position => Volatile.Read(ref _position);

    /// <summary>Whether it has an item in hand. Only where slots say what they begin.</summary>
    internal bool IsBusy => Position != NoPosition;

    /// <summary>How many values are in hand, and since when. Accurate once the consumer has left.</summary>
    internal (int Count, long Since) InHand => (_inHand, _takenAt);

    /// <summary>Since when the item has been in hand; null without one. Where slots say what they begin. Safe from any thread.</summary>
    internal long? HeldSince
    {
        get
        {
            var position = Position;
            var since = Volatile.Read(ref _takenAt);
            // The time is written before the position, and a position comes once: unchanged, it had that time.
            return position != NoPosition && Position == position ? since : null;
        }
    }

    /// <summary>The item in hand could not be handled. The caller settles it in another way next.</summary>
    internal void OnItemFailed(Exception error) => _failure = error;

    /// <summary>Values in hand have been settled otherwise than by handling them. For the slot's own code.</summary>
    internal void OnSettledOtherwise(string outcome, int count)
    {
        _settledInHand += count;
        _stream.Metrics.OnItems(_stream.Name, _worker.Name, outcome, count);
    }

    /// <summary>The item in hand will be tried again.</summary>
    internal void OnRetry(Exception error) => _stream.Metrics.OnRetry(_stream.Name, _worker.Name, error);

    /// <summary>Begins the activity of the item in hand, for a handler; null if there is no listener.</summary>
    /// <param name="tracing">Knows the puts of the values.</param>
    /// <param name="positions">The positions of the values; empty for those that follow the first.</param>
    internal Activity? StartProcess(StreamxTracing tracing, ReadOnlySpan<long> positions = default) =>
        tracing.StartProcess(_worker.Name, _position, _inHand, positions);

    /// <summary>Ends it.</summary>
    /// <param name="tracing">The tracing that began it.</param>
    /// <param name="activity">The activity.</param>
    /// <param name="error">What ends the consumer, too; null if it goes on.</param>
    internal void EndProcess(StreamxTracing tracing, Activity? activity, Exception? error = null)
    {
        if (activity is not null) tracing.EndProcess(activity, _worker.Name, error ?? _failure);
    }

    /// <summary>A read has finished what was in hand, and may have taken something else.</summary>
    /// <param name="finished">How many values it finished.</param>
    /// <param name="taken">How many values it has taken.</param>
    /// <param name="takenAt">When those were taken.</param>
    /// <param name="isFollowed">Whether there is a listener.</param>
    internal void Read(int finished, int taken, long takenAt, bool isFollowed)
    {
        // Small enough to be inlined, for a consumer that is not listened to.
        if (isFollowed) ReadFollowed(finished, taken, takenAt);
        else if (_isFollowed) _isFollowed = false;
    }

    /// <summary>Sets what is in hand.</summary>
    internal void Take(int taken, long position, long takenAt)
    {
        (_inHand, _failure, _settledInHand) = (taken, null, 0);
        Volatile.Write(ref _takenAt, takenAt);
        Volatile.Write(ref _position, position);
    }

    /// <summary>The slot begins an item.</summary>
    /// <param name="count">How many values it has.</param>
    /// <param name="position">The position of the first.</param>
    /// <param name="heldSince">Since when they are in hand, by the stream's clock.</param>
    internal void Begin(int count, long position, long heldSince)
    {
        var isFollowed = _stream.Follow();
        Take(count, position, heldSince);
        Read(finished: 0, count, heldSince, isFollowed);
    }

    /// <summary>The slot is done with its item.</summary>
    /// <param name="finished">How many of its values it has finished; the others were abandoned.</param>
    internal void End(int finished)
    {
        Read(finished, taken: 0, takenAt: 0, _stream.Follow());
        // What was abandoned, and since when it was in hand, stays known: it may be counted after this.
        Take(_inHand - finished, NoPosition, _takenAt);
    }

    private void ReadFollowed(int finished, int taken, long takenAt)
    {
        var now = taken > 0 ? takenAt : _stream.Clock.GetTimestamp();
        if (finished > 0) Report(finished, now);
        Hold(taken > 0, now);
    }

    private void Report(int finished, long now)
    {
        _stream.Metrics.OnProcessed(_stream.Name, _worker.Name, finished, _stream.Seconds(Math.Max(0, now - _takenAt)), _failure);
        // Skipped and dead-lettered values have been counted as such already.
        var handled = finished - _settledInHand;
        if (handled > 0) _stream.Metrics.OnItems(_stream.Name, _worker.Name, ItemOutcome.Finished, handled);
    }
}
