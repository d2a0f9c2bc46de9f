using System.Diagnostics;
using System.Diagnostics.Metrics;
using Streamx.Engine;

namespace Streamx.Hosting.Telemetry;

/// <summary>Measures one consumer of a stream, over all its attachments.</summary>
/// <remarks>
/// Only the consumer's run writes the fields of the item in hand. The thread that detaches the consumer reads them; the core has then
/// decided that the item is abandoned, so the run does not touch them again.
/// </remarks>
internal sealed partial class ConsumerTelemetry : ReadObserver
{
    /// <summary>The names of the states, as the tag has them.</summary>
    private static readonly string[] s_states = ["idle", "process", "output_wait", "retry_wait", "restart_wait", "paused"];

    private readonly StreamTelemetry _stream;
    private readonly ConsumerWorker _worker;

    /// <summary>What it spends its time on. Guarded by <see cref="_lock"/>.</summary>
    private readonly StateTimes _times;

    /// <summary>The tags of the time in each state.</summary>
    private readonly KeyValuePair<string, object?>[][] _timeTags;

    /// <summary>The tags of everything else that is observed.</summary>
    private readonly KeyValuePair<string, object?>[] _tags;

    /// <summary>Guards what it is doing: <see cref="_holds"/>, <see cref="_besides"/> and <see cref="_isFollowed"/>.</summary>
    private readonly YieldingSpinLock _lock = new();

    /// <summary>Whether it has a value in hand, as far as has been followed.</summary>
    private bool _holds;

    /// <summary>What it does instead of holding a value or waiting for one, if it does.</summary>
    private ConsumerTimeState? _besides;

    /// <summary>
    /// Whether every change of <see cref="_holds"/> is observed, because there is a listener. Without one, the subscription is read
    /// instead.
    /// </summary>
    private volatile bool _isFollowed;

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

    /// <inheritdoc cref="WhenFinished"/>
    private volatile Action? _whenFinished;

    /// <summary>The activity of a loop's value in hand.</summary>
    private Activity? _activity;

    /// <summary>What was current in the loop before it.</summary>
    private Activity? _activityBefore;

    /// <summary>Whether the stream has drained. Guarded by <see cref="_lock"/>.</summary>
    private bool _hasStreamEnded;

    internal ConsumerTelemetry(StreamTelemetry stream, ConsumerWorker worker)
    {
        _stream = stream;
        Tracing = stream.Tracing;
        _worker = worker;
        _times = new StateTimes(stream.Clock, s_states.Length);
        OutputWaits = new OutputWaits(this, stream.Clock);
        _tags = [new(StreamxTags.StreamName, stream.Name), new(StreamxTags.ConsumerName, worker.Name)];
        _timeTags = Array.ConvertAll(s_states, state => (KeyValuePair<string, object?>[])[.. _tags, new(StreamxTags.ConsumerState, state)]);
    }

    /// <summary>The consumer's name.</summary>
    internal string Name => _worker.Name;

    /// <summary>Knows the puts of its values: for all consumers of the stream, unless its values come from other processes.</summary>
    internal StreamxTracing Tracing { get; set; }

    /// <summary>The puts of its code that wait in other streams.</summary>
    internal OutputWaits OutputWaits { get; }

    /// <summary>Whether it is attached.</summary>
    internal bool IsActive => _worker.IsAttached;

    /// <summary>
    /// Whether its values are traced as it reads them, because it has a loop of its own whose steps no other component observes.
    /// </summary>
    private bool IsLoop => _worker.IsLoop;

    /// <summary>Called each time the consumer has finished the item in hand; null for no callback. Costs a read per value.</summary>
    internal Action? WhenFinished
    {
        set => _whenFinished = value;
    }

    /// <summary>The position of the first value in hand. For the consumer's own code.</summary>
    internal long Position => Volatile.Read(ref _position);

    /// <summary>The item in hand could not be handled. The caller settles it in another way next.</summary>
    internal void OnItemFailed(Exception error) => _failure = error;

    /// <summary>Values in hand have been settled otherwise than by handling them. For the consumer's own code.</summary>
    internal void OnSettledOtherwise(string outcome, int count)
    {
        _settledInHand += count;
        OnItems(outcome, count);
    }

    /// <summary>Values have got an outcome.</summary>
    internal void OnItems(string outcome, int count) => _stream.Metrics.OnItems(_stream.Name, Name, outcome, count);

    /// <summary>The item in hand will be tried again.</summary>
    internal void OnRetry(Exception error) => _stream.Metrics.OnRetry(_stream.Name, Name, error);

    /// <summary>Begins the activity of the item in hand, for a handler; null if there is no listener.</summary>
    internal Activity? StartProcess() => Tracing.StartProcess(Name, _position, _inHand);

    /// <summary>Ends it.</summary>
    /// <param name="activity">The activity.</param>
    /// <param name="error">What ends the consumer, too; null if it goes on.</param>
    internal void EndProcess(Activity? activity, Exception? error = null)
    {
        if (activity is not null) Tracing.EndProcess(activity, Name, error ?? _failure);
    }

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
        _stream.Metrics.OnProcessed(_stream.Name, Name, (int)count, SecondsSince(_takenAt, _stream.Clock.GetTimestamp()), error);
    }

    /// <inheritdoc/>
    internal override void Read(int finished, int taken, long position, long takenAt, bool waits)
    {
        var isFollowed = _stream.Follow();
        if (finished > 0 && _activity is not null && Interlocked.Exchange(ref _activity, null) is { } activity) Tracing.End(activity, error: null, _activityBefore);
        if (isFollowed)
        {
            var now = taken > 0 ? takenAt : _stream.Clock.GetTimestamp();
            if (finished > 0) Report(finished, now);
            Hold(taken > 0, now);
        }
        else if (_isFollowed)
        {
            _isFollowed = false;
        }

        if (finished > 0) _whenFinished?.Invoke();
        if (finished == 0 && taken == 0) return;
        (_inHand, _position, _takenAt, _failure, _settledInHand) = (taken, position, takenAt, null, 0);
        if (taken == 0 || !IsLoop) return;
        _activityBefore = Activity.Current;
        _activity = StartProcess();
    }

    /// <summary>Reports how long the consumer has held the item in hand.</summary>
    internal void ObserveAge(List<Measurement<double>> ages) => ages.Add(new Measurement<double>((AttachedSubscription?.HeldFor ?? default).TotalSeconds, _tags));

    /// <summary>Reports how many accepted values the consumer has not finished.</summary>
    internal void ObserveLag(List<Measurement<long>> lags) => lags.Add(new Measurement<long>(AttachedSubscription?.Lag ?? 0, _tags));

    private SubscriptionSnapshot? AttachedSubscription => IsActive ? _worker.Subscription : null;

    private void Report(int finished, long now)
    {
        _stream.Metrics.OnProcessed(_stream.Name, Name, finished, SecondsSince(_takenAt, now), _failure);
        // Skipped and dead-lettered values have been counted as such already.
        var handled = finished - _settledInHand;
        if (handled > 0) OnItems(ItemOutcome.Finished, handled);
    }

    private double SecondsSince(long since, long now) => _stream.Seconds(Math.Max(0, now - since));
}
