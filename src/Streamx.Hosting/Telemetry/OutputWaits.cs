using System.Collections.Concurrent;
using Streamx.Engine;

namespace Streamx.Hosting.Telemetry;

/// <summary>The puts of the code of one consumer's slot that wait in other streams. A stage that waits there is not slow itself.</summary>
/// <remarks>
/// Counted with and without listeners, since the shutdown report has it. Safe from any thread. Callers hold the lock of the
/// stream that a put waits in, which differs from put to put. So this class has a lock of its own, under which no other lock is taken.
/// </remarks>
/// <param name="slot">Measures the slot.</param>
/// <param name="clock">The clock of the streams.</param>
internal sealed class OutputWaits(SlotTelemetry slot, TimeProvider clock)
{
    /// <summary>
    /// The telemetry of puts through injected writers, by target stream. Each instance measures all injected writers of its stream.
    /// </summary>
    private readonly ConcurrentDictionary<HostedStream, ProducerTelemetry> _injected = [];

    /// <summary>What observes the slot's puts through the writer of a processor, by target stream.</summary>
    private readonly ConcurrentDictionary<HostedStream, SlotPutObserver> _ofProcessor = [];

    /// <summary>Guards everything below.</summary>
    private readonly YieldingSpinLock _lock = new();

    /// <summary>The streams that puts have waited in.</summary>
    private readonly List<Target> _targets = [];

    /// <summary>The streams that puts wait in now. The wait that began first comes first.</summary>
    private readonly List<Target> _waiting = [];

    /// <summary>How many puts have begun or ended to wait.</summary>
    private long _transitions;

    /// <summary>How long puts waited, without the wait in progress, in timestamps.</summary>
    private long _spent;

    /// <summary>The start of the time that is not yet in <see cref="_spent"/>.</summary>
    private long _since;

    /// <summary>Whether the consumer has left, so that later waits of its code do not count as its time.</summary>
    private bool _hasLeft;

    /// <summary>The position of the value in hand during the last wait.</summary>
    private long _position = -1;

    /// <summary>The time that puts had waited before that value.</summary>
    private long _spentBefore;

    /// <summary>Whether a put waits.</summary>
    internal bool IsWaiting
    {
        get
        {
            using (_lock.Enter()) return _waiting.Count > 0 && !_hasLeft;
        }
    }

    /// <summary>The wait that began first of those in progress; null while no put waits.</summary>
    internal OutputWait? Oldest
    {
        get
        {
            using (_lock.Enter()) return _waiting.Count > 0 && !_hasLeft ? new OutputWait(_waiting[0].Stream, this, _transitions) : null;
        }
    }

    /// <summary>How long puts have waited so far.</summary>
    internal TimeSpan Time => clock.GetElapsedTime(0, SpentOn(null));

    /// <summary>Measures a put into a stream through an injected writer.</summary>
    internal ProducerTelemetry InjectedInto(HostedStream target) => _injected.GetOrAdd(
        target,
        static (target, waits) => new ProducerTelemetry(
            target.Telemetry, StreamxTags.InjectedProducer, isTimed: false, target.InjectedPuts, new StageOutput(waits, target)),
        this);

    /// <summary>Observes a put into a stream through the writer of a processor with several slots.</summary>
    /// <param name="target">The stream.</param>
    /// <param name="processor">Measures the puts of all slots.</param>
    internal SlotPutObserver OfProcessor(HostedStream target, ProducerTelemetry processor) => _ofProcessor.GetOrAdd(
        target, static (target, given) => new SlotPutObserver(given.processor, new StageOutput(given.waits, target)),
        (processor, waits: this));

    /// <summary>A put begins to wait, for its turn or for room. Under the lock of the stream it waits in.</summary>
    internal void Begin(HostedStream target, long now)
    {
        var position = slot.Position;
        using (_lock.Enter())
        {
            PassLocked(now);
            _transitions++;
            if (_position != position) (_position, _spentBefore) = (position, _spent);
            var entry = _targets.Find(other => other.Stream == target);
            if (entry is null) _targets.Add(entry = new Target(target));
            if (entry.Puts++ == 0) _waiting.Add(entry);
        }

        slot.OnOutputChanged(now);
    }

    /// <summary>A put no longer waits. Under the same lock.</summary>
    internal void End(HostedStream target, long now)
    {
        using (_lock.Enter())
        {
            PassLocked(now);
            _transitions++;
            var entry = _targets.Find(other => other.Stream == target)!;
            if (--entry.Puts == 0) _waiting.Remove(entry);
        }

        slot.OnOutputChanged(now);
    }

    /// <summary>The consumer has joined its stream, or has left it.</summary>
    internal void SetLeft(bool hasLeft, long now)
    {
        using (_lock.Enter())
        {
            PassLocked(now);
            _hasLeft = hasLeft;
        }
    }

    /// <summary>
    /// The streams that puts have waited in, and how long each was the one with the longest wait in progress, in timestamps.
    /// </summary>
    internal (HostedStream Target, long Spent)[] Spent
    {
        get
        {
            using (_lock.Enter()) return [.. _targets.Select(target => (target.Stream, target.Spent))];
        }
    }

    /// <summary>How long puts have waited since the consumer took what it has in hand.</summary>
    /// <param name="position">The position of what it has in hand.</param>
    internal TimeSpan TimeOn(long position) => clock.GetElapsedTime(0, SpentOn(position));

    private long SpentOn(long? position)
    {
        var now = clock.GetTimestamp();
        using (_lock.Enter())
        {
            PassLocked(now);
            return position is null ? _spent : position == _position ? _spent - _spentBefore : 0;
        }
    }

    private void PassLocked(long now)
    {
        if (now <= _since) return;
        if (_waiting.Count > 0 && !_hasLeft)
        {
            _spent += now - _since;
            _waiting[0].Spent += now - _since;
        }

        _since = now;
    }

    /// <summary>A stream that puts have waited in.</summary>
    private sealed class Target(HostedStream stream)
    {
        /// <summary>The stream.</summary>
        internal HostedStream Stream => stream;

        /// <summary>How many puts wait in it.</summary>
        internal int Puts { get; set; }

        /// <summary>How long it was the stream with the longest wait in progress, in timestamps.</summary>
        internal long Spent { get; set; }
    }
}
