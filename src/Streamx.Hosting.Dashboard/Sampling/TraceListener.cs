using System.Diagnostics;

namespace Streamx.Hosting.Dashboard;

/// <summary>Hears how long traced values are in hand, where the application traces them: it has no activity created for itself.</summary>
/// <param name="record">Takes stream, consumer, seconds and the id of the trace, from any thread.</param>
internal sealed class TraceListener(Action<string, string, double, string> record) : IDisposable
{
    /// <summary>Says whether others listen to the source of the streams: a source has the listeners of its name.</summary>
    private readonly ActivitySource _source = new(StreamxSources.ActivitySourceName);

    /// <summary>The listener; null while it does not listen.</summary>
    private ActivityListener? _listener;

    /// <summary>Begins or ceases to listen.</summary>
    /// <param name="isShown">Whether a page is open. Without another listener this one would only have every put followed.</param>
    internal void Listen(bool isShown)
    {
        if (!isShown) Cease();
        if (!isShown || _listener is not null || !_source.HasListeners()) return;
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == StreamxSources.ActivitySourceName,
            ActivityStopped = OnStopped,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        Cease();
        _source.Dispose();
    }

    private void Cease()
    {
        _listener?.Dispose();
        _listener = null;
    }

    private void OnStopped(Activity activity)
    {
        // One that is sampled out is not exported: a link to it would lead nowhere.
        if (activity is not { Kind: ActivityKind.Consumer, Recorded: true, IdFormat: ActivityIdFormat.W3C }) return;
        var stream = activity.GetTagItem(StreamxTags.StreamName) as string;
        var consumer = activity.GetTagItem(StreamxTags.ConsumerName) as string;
        if (stream is not null && consumer is not null)
            record(stream, consumer, activity.Duration.TotalSeconds, activity.TraceId.ToHexString());
    }
}
