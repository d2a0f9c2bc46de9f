using System.Collections.Concurrent;
using System.Diagnostics;
using OpenTelemetry;

namespace Streamx.Hosting.OpenTelemetry.Tests.Support;

/// <summary>Keeps the activities that the SDK exports.</summary>
internal sealed class ActivityRecorder : BaseExporter<Activity>
{
    private readonly ConcurrentQueue<Activity> _activities = [];

    /// <summary>What has been exported, in order.</summary>
    public IReadOnlyCollection<Activity> Activities => _activities;

    public override ExportResult Export(in Batch<Activity> batch)
    {
        foreach (var activity in batch) _activities.Enqueue(activity);
        return ExportResult.Success;
    }
}
