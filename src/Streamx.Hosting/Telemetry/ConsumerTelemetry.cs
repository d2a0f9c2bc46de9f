using System.Diagnostics;
using System.Diagnostics.Metrics;
using Streamx.Engine;

namespace Streamx.Hosting.Telemetry;

/// <summary>Measures one consumer of a stream, over all its attachments and all its slots.</summary>
internal sealed class ConsumerTelemetry : ReadObserver
{
    /// <summary>The names of the states, as the tag has them.</summary>
    private static readonly string[] s_states = ["idle", "process", "output_wait", "retry_wait", "restart_wait", "paused"];

    private readonly StreamTelemetry _stream;
    private readonly ConsumerWorker _worker;
    private readonly SlotTelemetry[] _slots;

    /// <summary>Its slot, where it has one only: reads report what that has in hand. Null where there are several.</summary>
    private readonly SlotTelemetry? _slot;

    /// <summary>The tags of the time in each state.</summary>
    private readonly KeyValuePair<string, object?>[][] _timeTags;

    /// <summary>The tags of everything else that is observed.</summary>
    private readonly KeyValuePair<string, object?>[] _tags;

    /// <inheritdoc cref="WhenFinished"/>
    private volatile Action? _whenFinished;

    /// <summary>The activity of a loop's value in hand.</summary>
    private Activity? _activity;

    /// <summary>What was current in the loop before it.</summary>
    private Activity? _activityBefore;

    internal ConsumerTelemetry(StreamTelemetry stream, ConsumerWorker worker)
    {
        _stream = stream;
        Tracing = stream.Tracing;
        _worker = worker;
        _slots = new SlotTelemetry[Math.Clamp(worker.Options.Concurrency, 1, stream.Window)];
        for (var i = 0; i < _slots.Length; i++) _slots[i] = new SlotTelemetry(stream, worker);
        _slot = _slots is [var only] ? only : null;
        OutputWaits = new StageWaits(_slots);
        _tags = [new(StreamxTags.StreamName, stream.Name), new(StreamxTags.ConsumerName, worker.Name)];
        _timeTags = Array.ConvertAll(s_states, state => (KeyValuePair<string, object?>[])[.. _tags, new(StreamxTags.ConsumerState, state)]);
    }

    /// <summary>The consumer's name.</summary>
    internal string Name => _worker.Name;

    /// <summary>Knows the puts of its values: for all consumers of the stream, unless its values come from other processes.</summary>
    internal StreamxTracing Tracing { get; set; }

    /// <summary>Its slots.</summary>
    internal IReadOnlyList<SlotTelemetry> Slots => _slots;

    /// <summary>Since when the slot with the oldest value has had it in hand; null without one. Where there are several slots.</summary>
    internal long? OldestHeldSince => _slots.MinBy(static slot => slot.Position)!.HeldSince;

    /// <summary>The puts of its code that wait in other streams.</summary>
    internal StageWaits OutputWaits { get; }

    /// <summary>Whether it is attached.</summary>
    internal bool IsActive => _worker.IsAttached;

    /// <summary>
    /// Whether its values are traced as it reads them, because it has a loop of its own whose steps no other component observes.
    /// </summary>
    private bool IsLoop => _worker.IsLoop;

    /// <summary>Called each time the consumer has finished an item in hand; null for no callback. Costs a read per value.</summary>
    internal Action? WhenFinished
    {
        set => _whenFinished = value;
    }

    /// <summary>The consumer begins to consume, or begins again.</summary>
    internal void Start() => Array.ForEach(_slots, static slot => slot.Start());

    /// <inheritdoc cref="SlotTelemetry.OnStreamEnded"/>
    internal void OnStreamEnded() => Array.ForEach(_slots, static slot => slot.OnStreamEnded());

    /// <summary>The consumer has ended.</summary>
    internal void Stop() => Array.ForEach(_slots, static slot => slot.Stop());

    /// <summary>The consumer has been detached, and may be attached again.</summary>
    internal void Pause() => Array.ForEach(_slots, static slot => slot.Enter(ConsumerTimeState.Paused));

    /// <summary>Values have got an outcome.</summary>
    internal void OnItems(string outcome, int count) => _stream.Metrics.OnItems(_stream.Name, Name, outcome, count);

    /// <summary>An attachment is over, or is about to be.</summary>
    /// <param name="error">What the consumer failed with; null if it did not.</param>
    internal void OnLeft(Exception? error)
    {
        if (Interlocked.Exchange(ref _activity, null) is { } activity) Tracing.EndElsewhere(activity, error);
    }

    /// <summary>Values in hand have been abandoned at the end of an attachment.</summary>
    /// <param name="count">How many of them have not been reported.</param>
    /// <param name="error">As for <see cref="OnLeft"/>.</param>
    internal void OnAbandoned(long count, Exception? error)
    {
        if (count <= 0) return;
        OnItems(ItemOutcome.Abandoned, (int)count);
        var now = _stream.Clock.GetTimestamp();
        foreach (var slot in _slots)
        {
            var (inHand, since) = slot.InHand;
            // The slots of a consumer that has just left may still have what they finished before that: the count is the core's.
            inHand = _slots.Length == 1 ? (int)count : Math.Min(inHand, (int)count);
            if (inHand > 0) _stream.Metrics.OnProcessed(_stream.Name, Name, inHand, _stream.Seconds(Math.Max(0, now - since)), error);
            count -= inHand;
        }

        // Begun, and not yet noted by its slot.
        if (count > 0) _stream.Metrics.OnProcessed(_stream.Name, Name, (int)count, 0, error);
    }

    /// <inheritdoc/>
    internal override void Read(int finished, int taken, long position, long takenAt, bool waits)
    {
        var isFollowed = _stream.Follow();
        // Slots report what they begin and finish: what is read here may be begun much later.
        if (_slot is not { } slot) return;
        if (finished > 0 && _activity is not null && Interlocked.Exchange(ref _activity, null) is { } activity)
            Tracing.End(activity, error: null, _activityBefore);
        slot.Read(finished, taken, takenAt, isFollowed);
        if (finished > 0) OnFinished();
        if (finished == 0 && taken == 0) return;
        slot.Take(taken, position, takenAt);
        if (taken == 0 || !IsLoop) return;
        _activityBefore = Activity.Current;
        _activity = slot.StartProcess(Tracing);
    }

    /// <inheritdoc/>
    internal override void FinishedOne(long position, long heldSince)
    {
        // The slot reports it with the rest of its item.
    }

    /// <summary>An item has been finished.</summary>
    internal void OnFinished() => _whenFinished?.Invoke();

    /// <summary>Reports the time that the consumer has spent in each state, of all its slots.</summary>
    internal void ObserveTime(List<Measurement<double>> times)
    {
        Span<double> seconds = stackalloc double[s_states.Length];
        seconds.Clear();
        foreach (var slot in _slots) slot.AddTime(seconds);
        for (var state = 0; state < s_states.Length; state++) times.Add(new Measurement<double>(seconds[state], _timeTags[state]));
    }

    /// <summary>Reports how long the consumer has held the item in hand: of several, the oldest.</summary>
    internal void ObserveAge(List<Measurement<double>> ages) =>
        ages.Add(new Measurement<double>((AttachedSubscription?.HeldFor ?? default).TotalSeconds, _tags));

    /// <summary>Reports how many items the consumer may handle at once.</summary>
    internal void ObserveConcurrency(List<Measurement<long>> slots) => slots.Add(new Measurement<long>(_slots.Length, _tags));

    /// <summary>Reports how many accepted values the consumer has not finished.</summary>
    internal void ObserveLag(List<Measurement<long>> lags) => lags.Add(new Measurement<long>(AttachedSubscription?.Lag ?? 0, _tags));

    private SubscriptionSnapshot? AttachedSubscription => IsActive ? _worker.Subscription : null;
}
