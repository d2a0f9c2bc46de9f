using System.Diagnostics;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>Listens to the activities of some streams, as a tracer provider does.</summary>
internal sealed class TraceRecorder : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly Lock _gate = new();
    private readonly List<Activity> _stopped = [];
    private readonly List<Activity> _started = [];

    /// <summary>Begins to listen.</summary>
    /// <param name="isOurs">Whether a stream of that name is the test's: the source is one for the process.</param>
    /// <param name="sample">What is recorded; everything by default.</param>
    public TraceRecorder(Func<string, bool> isOurs, SampleActivity<ActivityContext>? sample = null)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == StreamxSources.ActivitySourceName,
            Sample = sample ?? ((ref _) => ActivitySamplingResult.AllDataAndRecorded),
            ActivityStarted = activity => Add(_started, activity),
            ActivityStopped = activity => Add(_stopped, activity),
        };
        ActivitySource.AddActivityListener(_listener);

        void Add(List<Activity> activities, Activity activity)
        {
            if (activity.GetTagItem(StreamxTags.StreamName) is not string stream || !isOurs(stream)) return;
            lock (_gate) activities.Add(activity);
        }
    }

    /// <summary>What has ended, in that order, and would be exported.</summary>
    public IReadOnlyList<Activity> Ended
    {
        get
        {
            lock (_gate) return [.. _stopped.Where(activity => activity.Recorded)];
        }
    }

    /// <summary>What has begun and not ended.</summary>
    public IReadOnlyList<Activity> Open
    {
        get
        {
            lock (_gate) return [.. _started.Except(_stopped)];
        }
    }

    /// <summary>Waits until a number of activities have ended.</summary>
    public async Task<IReadOnlyList<Activity>> UntilEndedAsync(int count)
    {
        await Until.TrueAsync(() => Ended.Count >= count);
        return Ended;
    }

    public void Dispose() => _listener.Dispose();
}
