using System.Text.Json;

namespace Streamx.Hosting.Dashboard;

/// <summary>The state that the page shows, from samples of the streams, several a second.</summary>
/// <param name="control">Gives the streams.</param>
/// <param name="clock">The time.</param>
/// <param name="application">The application's name.</param>
/// <param name="hasMessages">Whether any reader may read the messages of exceptions.</param>
/// <remarks>Safe from any thread.</remarks>
internal sealed class PageState(IStreamxControl control, TimeProvider clock, string application, bool hasMessages = false)
{
    /// <summary>How many events go out each second: enough for a page that has missed some seconds.</summary>
    private const int EventsInFrame = 20;

    /// <summary>The share of the last seconds below which waiting is not reported.</summary>
    private const double NotableGating = 0.05;

    /// <summary>Guards everything below. Under it, only the state of the streams is read.</summary>
    private readonly Lock _lock = new();

    /// <summary>
    /// The meter of each stream. Replaced whenever a stream is added, so that timed values find their meter without the lock.
    /// </summary>
    private volatile Dictionary<string, StreamMeter> _meters = [];

    private readonly ChartHistory _charts = new();
    private readonly EventLog _events = new(clock);

    /// <summary>The streams at the last sample.</summary>
    private IReadOnlyList<StreamxStreamStatus> _last = [];

    /// <summary>When the second in progress began, as a timestamp; null while the sampler does not run.</summary>
    private long? _second;

    /// <summary>The initial data of the charts, until the next second ends.</summary>
    private FrameData? _history;

    /// <summary>Begins a series of samples, after a pause.</summary>
    internal void Begin()
    {
        lock (_lock)
        {
            foreach (var meter in _meters.Values) meter.Restart();
            _second = clock.GetTimestamp();
            _history = null;
        }

        Look();
    }

    /// <summary>Samples the streams.</summary>
    internal void Look()
    {
        lock (_lock)
        {
            var before = _last.ToDictionary(stream => stream.Name);
            _last = control.GetStreams();
            foreach (var stream in _last)
            {
                _events.Compare(before.GetValueOrDefault(stream.Name), stream);
                MeterOf(stream.Name).Look(stream);
            }
        }
    }

    /// <summary>Whether there are streams, and all of them have ended: their state will not change any more.</summary>
    internal bool HaveStreamsEnded
    {
        get
        {
            lock (_lock) return _last.Count > 0 && _last.All(stream => stream.Stream.State is StreamState.Closed or StreamState.Faulted);
        }
    }

    /// <summary>Ends the second if it is over.</summary>
    /// <param name="isShown">Whether a page shows the state.</param>
    /// <returns>The current state; null if the second is not over, or no page shows it.</returns>
    internal FrameData? TryEndSecond(bool isShown = true)
    {
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            if (_second is not { } since) return null;
            var elapsed = clock.GetElapsedTime(since, now);
            if (elapsed < TimeSpan.FromSeconds(1)) return null;
            _second = now;
            // Does not wait, and is to be repeated for as long as a page is open.
            if (isShown) control.RequestReports();
            foreach (var stream in _last) MeterOf(stream.Name).EndSecond(stream, elapsed.TotalSeconds);
            _charts.Begin(Math.Round(clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0, 1));
            foreach (var stream in _last) MeterOf(stream.Name).AddTo(_charts, stream.Name);
            _history = null;
            return isShown ? SerializeLocked(EventsInFrame) : null;
        }
    }

    /// <summary>Records how long a consumer had a value in hand.</summary>
    internal void OnHandled(string stream, string consumer, double seconds) =>
        _meters.GetValueOrDefault(stream)?.Find(consumer)?.Durations.Record(seconds);

    /// <summary>Records how long a consumer had a traced value in hand.</summary>
    internal void OnTraced(string stream, string consumer, double seconds, string traceId) =>
        _meters.GetValueOrDefault(stream)?.Find(consumer)?.Slowest.Note(seconds, traceId);

    /// <summary>The current state, as JSON.</summary>
    internal FrameData Describe()
    {
        lock (_lock) return SerializeLocked(EventLog.Capacity);
    }

    /// <summary>The initial data of the charts, as JSON; created at most once a second.</summary>
    internal FrameData DescribeHistory()
    {
        lock (_lock)
        {
            return _history ??= FrameData.Create(
                new HistoryDocument(ChartHistory.Seconds, _charts.Describe(), _events.All),
                Messages.Remove,
                hasMessages,
                document => JsonSerializer.SerializeToUtf8Bytes(document, DashboardJson.Default.HistoryDocument));
        }
    }

    private FrameData SerializeLocked(int events) => FrameData.Create(
        DescribeLocked(events),
        Messages.Remove,
        hasMessages,
        document => JsonSerializer.SerializeToUtf8Bytes(document, DashboardJson.Default.DashboardDocument));

    private StreamMeter MeterOf(string stream)
    {
        if (!_meters.TryGetValue(stream, out var meter)) _meters = new(_meters) { [stream] = meter = new StreamMeter() };
        return meter;
    }

    private DashboardDocument DescribeLocked(int events) => new()
    {
        Time = clock.GetUtcNow(),
        Application = application,
        Streams = [.. _last.Select(Describe)],
        Events = _events.Newest(events),
    };

    private StreamDocument Describe(StreamxStreamStatus status)
    {
        var meter = MeterOf(status.Name);
        var shown = StreamMeter.Shown(status).ToList();
        var waited = shown.Sum(consumer => meter.Find(consumer.Name)?.GatingSeconds ?? 0);
        var leading = status.Remote is { IsLeading: true } remote ? remote : null;
        // Null where all consumers run in other processes.
        var holder = shown.Select(consumer => consumer.Name).MaxBy(name => meter.Find(name)?.GatingSeconds ?? 0);
        var heldBy = leading is not null ? meter.Names.Holder(NotableGating)
            : holder is not null && meter.Find(holder)?.GatingRatio >= NotableGating ? holder : null;
        return new StreamDocument
        {
            Name = status.Name,
            State = status.Stream.State,
            Window = status.Stream.Window,
            ValuesPut = status.Stream.ValuesPut,
            ValuesDiscarded = status.Stream.ValuesDiscarded,
            PutsWaiting = status.Stream.ValuesWaiting,
            OldestWaitSeconds = Round(status.Stream.OldestWaitingPutAge?.TotalSeconds),
            WaitingFor = leading is null
                ? WaitingFor(status.Stream)
                : [.. leading.Names.Where(name => name.IsGating).Select(name => name.Name)],
            HeldBy = heldBy,
            Holder = heldBy is null ? HolderMeter.Of(status.Holder) : meter.Holders.Find(heldBy),
            ItemsPerSecond = Round(meter.ItemsPerSecond),
            BlockedRatio = Round(meter.BlockedRatio),
            Producers =
            [
                .. status.Producers.Select(producer => Describe(producer, meter)),
                .. _last.SelectMany(stream => ProcessorsInto(stream, status.Name)),
            ],
            Consumers =
            [
                .. from consumer in shown
                   select ConsumerView.Describe(status, consumer.Name, consumer.Subscription, meter.Find(consumer.Name), waited),
            ],
            OtherSubscriptions = status.Stream.Subscriptions.Count(
                subscription => shown.TrueForAll(consumer => consumer.Name != subscription.Name)),
            Remote = RemoteView.Describe(status.Remote, meter.Names),
            DrainSecondsLeft = Round(status.DrainTimeLeft?.TotalSeconds),
        };
    }

    private static IReadOnlyList<string> WaitingFor(StreamSnapshot stream) =>
    [
        .. stream.Subscriptions.Where(subscription => subscription.IsGating)
            .Select(subscription => subscription.Name)
            .Distinct(StringComparer.Ordinal)
            .Take(StreamMeter.MaxOtherSubscriptions),
    ];

    private static ProducerDocument Describe(StreamxProducerStatus producer, StreamMeter meter) => new()
    {
        Name = producer.Name,
        State = producer.State.ToString(),
        InputStream = null,
        Restarts = producer.Restarts,
        Faults = producer.Faults,
        ItemsPerSecond = Round(meter.ProducerRate(producer.Name)),
        WaitingSeconds = Round(producer.WaitingFor?.TotalSeconds),
        LastFailure = FailureDocument.Of(producer.LastFailure),
    };

    private static IEnumerable<ProducerDocument> ProcessorsInto(StreamxStreamStatus input, string output) =>
        from consumer in input.Consumers
        where consumer.OutputStream == output
        select new ProducerDocument
        {
            Name = consumer.Name,
            State = consumer.State.ToString(),
            InputStream = input.Name,
            Restarts = consumer.Restarts,
            Faults = consumer.Faults,
            ItemsPerSecond = null,
            WaitingSeconds = null,
            LastFailure = FailureDocument.Of(consumer.LastFailure),
        };

    private static double? Round(double? value) => value is { } number ? Math.Round(number, 3) : null;
}
