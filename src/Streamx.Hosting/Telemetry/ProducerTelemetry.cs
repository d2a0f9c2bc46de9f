using System.Diagnostics;
using System.Diagnostics.Metrics;
using Streamx.Engine;

namespace Streamx.Hosting.Telemetry;

/// <summary>Measures one producer of a stream: a registered one, a processor that puts into it, or all injected writers together.</summary>
internal sealed class ProducerTelemetry : PutObserver
{
    /// <summary>The names of the states, as the tag has them.</summary>
    private static readonly string[] s_states = ["produce", "turn_wait", "put_wait", "restart_wait", "paused"];

    private readonly StreamTelemetry _stream;

    /// <summary>The time in each state; null for injected writers, because their begin and end are unknown.</summary>
    private readonly StateTimes? _times;

    /// <summary>Follows the puts of application code; null for a registered producer and a processor.</summary>
    private readonly InjectedPuts? _injected;

    /// <summary>Informs the consumer whose code puts; null for a producer, and for application code outside of consumers.</summary>
    private readonly StageOutput? _output;

    /// <summary>The tags of the time in each state.</summary>
    private readonly KeyValuePair<string, object?>[][] _tags;

    /// <summary>
    /// Guards <see cref="_times"/> and everything below. Taken under the lock of the stream's core; nothing else is taken under it.
    /// </summary>
    private readonly YieldingSpinLock _lock = new();

    /// <summary>How many of its puts wait for consumers: one at most.</summary>
    private int _atHead;

    /// <summary>How many of its puts wait for their turn.</summary>
    private int _queued;

    /// <summary>Since when at least one of its puts has been waiting.</summary>
    private long _waitingSince;

    /// <summary>The state of the producer while no put waits.</summary>
    private ProducerTimeState _besides;

    internal ProducerTelemetry(StreamTelemetry stream, string name, bool isTimed, InjectedPuts? injected = null, StageOutput? output = null)
    {
        _stream = stream;
        _injected = injected;
        _output = output;
        Name = name;
        _times = isTimed ? new StateTimes(stream.Clock, s_states.Length) : null;
        _tags = Array.ConvertAll(s_states, state => new KeyValuePair<string, object?>[]
        {
            new(StreamxTags.StreamName, stream.Name),
            new(StreamxTags.ProducerName, name),
            new(StreamxTags.ProducerState, state),
        });
    }

    /// <summary>The producer's name.</summary>
    internal string Name { get; }

    /// <summary>Whether it stands for all writers taken from the container.</summary>
    internal bool IsInjected => _injected is not null;

    /// <summary>Whether it runs, or waits to be started again.</summary>
    internal bool IsActive { get; private set; }

    /// <summary>How long its puts have been waiting without a break; null when none waits.</summary>
    internal TimeSpan? WaitingFor
    {
        get
        {
            long since;
            using (_lock.Enter())
            {
                if (_atHead + _queued == 0) return null;
                since = _waitingSince;
            }

            return _stream.Clock.GetElapsedTime(since);
        }
    }

    /// <summary>The producer begins.</summary>
    internal void Start()
    {
        IsActive = true;
        var now = _stream.Clock.GetTimestamp();
        using (_lock.Enter()) _times?.Start((int)StateNow, now, _stream.Metrics.IsProducerTimeEnabled);
    }

    /// <summary>The producer has ended.</summary>
    internal void Stop()
    {
        IsActive = false;
        var now = _stream.Clock.GetTimestamp();
        using (_lock.Enter()) _times?.Stop(now);
    }

    /// <summary>Sets the state of the producer while none of its puts waits.</summary>
    internal void Enter(ProducerTimeState state)
    {
        // Called between two transitions: a timestamp that is taken just before a transition, but processed after it, would reduce the time
        // of that wait.
        _stream.BetweenTransitions(now =>
        {
            using (_lock.Enter())
            {
                _besides = state;
                _times?.Enter((int)StateNow, now);
            }
        });
    }

    /// <summary>Reports the time that the producer has spent in each state. For waits it is exactly what their puts report.</summary>
    internal void Observe(List<Measurement<double>> times)
    {
        if (_times is null) return;
        var seconds = new double[s_states.Length];
        _stream.BetweenTransitions(now =>
        {
            using (_lock.Enter()) _times.Read(now, seconds);
        });
        for (var state = 0; state < s_states.Length; state++) times.Add(new Measurement<double>(seconds[state], _tags[state]));
    }

    /// <inheritdoc/>
    internal override object? Begin()
    {
        _injected?.OnBegin();
        _stream.Follow();
        return _stream.Tracing.StartPut(Name);
    }

    /// <inheritdoc/>
    internal override void Forget(object? trace)
    {
        if (trace is Activity put) _stream.Tracing.Forget(put);
    }

    /// <inheritdoc/>
    internal override void QueuedLocked(bool isHead, long now)
    {
        using (_lock.Enter())
        {
            if (_atHead + _queued == 0) _waitingSince = now;
            if (isHead) _atHead++;
            else _queued++;
            _times?.Enter((int)StateNow, now);
        }

        _output?.Begin(now);
    }

    /// <inheritdoc/>
    internal override void ReachedHeadLocked(long now)
    {
        using (_lock.Enter())
        {
            _queued--;
            _atHead++;
            _times?.Enter((int)StateNow, now);
        }
    }

    /// <inheritdoc/>
    internal override void LeftQueueLocked(bool wasHead, long now)
    {
        using (_lock.Enter())
        {
            if (wasHead) _atHead--;
            else _queued--;
            _times?.Enter((int)StateNow, now);
        }

        _output?.End(now);
    }

    /// <inheritdoc/>
    internal override void CommittingLocked(long position, object trace) => _stream.Tracing.NoteCommit(position, trace);

    /// <inheritdoc/>
    internal override void Ended(object? trace, PutWait wait, Exception? error)
    {
        _injected?.OnEnded();
        if (trace is null && !_stream.IsFollowed) return;
        var gatedBy = wait.GatedBy is null ? null : _stream.KnownConsumer(wait.GatedBy);
        if (trace is Activity put) _stream.Tracing.EndPut(put, gatedBy, error);
        // The part is reported after the whole: at no moment may the marginal waiting exceed the total.
        _stream.Metrics.OnPut(_stream.Name, Name, _stream.Seconds(wait.Ticks), gatedBy, error);
        if (wait.MarginalTicks > 0 && gatedBy is not null)
            _stream.Metrics.OnMarginalWait(_stream.Name, gatedBy, _stream.Seconds(wait.MarginalTicks));
    }

    /// <inheritdoc/>
    internal override void EndedMany(object? trace, PutWait wait, int accepted, Exception? error)
    {
        if (trace is Activity put) StreamxTracing.NoteCount(put, accepted);
        Ended(trace, wait, error);
    }

    private ProducerTimeState StateNow => _atHead > 0 ? ProducerTimeState.PutWait : _queued > 0 ? ProducerTimeState.TurnWait : _besides;
}
