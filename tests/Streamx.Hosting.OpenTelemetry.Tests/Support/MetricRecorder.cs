using System.Collections.Concurrent;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Streamx.Hosting.OpenTelemetry.Tests.Support;

/// <summary>Keeps what the SDK exports: its own objects are used again for the next export.</summary>
internal sealed class MetricRecorder : BaseExporter<Metric>
{
    private readonly ConcurrentQueue<RecordedPoint> _points = [];

    /// <summary>What has been exported, in order.</summary>
    public IReadOnlyCollection<RecordedPoint> Points => _points;

    /// <summary>The points of one instrument.</summary>
    public IReadOnlyList<RecordedPoint> Of(string instrument) => [.. _points.Where(point => point.Name == instrument)];

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
        {
            foreach (var point in metric.GetMetricPoints()) _points.Enqueue(Record(metric, point));
        }

        return ExportResult.Success;
    }

    private static RecordedPoint Record(Metric metric, MetricPoint point)
    {
        Dictionary<string, object?> tags = [];
        foreach (var tag in point.Tags) tags.Add(tag.Key, tag.Value);
        List<double> bounds = [];
        if (metric.MetricType == MetricType.Histogram)
        {
            foreach (var bucket in point.GetHistogramBuckets())
            {
                if (!double.IsPositiveInfinity(bucket.ExplicitBound)) bounds.Add(bucket.ExplicitBound);
            }
        }

        return new RecordedPoint(metric.MeterName, metric.Name, metric.Unit, tags, Value(metric, point), bounds);
    }

    private static double Value(Metric metric, MetricPoint point) => metric.MetricType switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        MetricType.DoubleGauge => point.GetGaugeLastValueDouble(),
        MetricType.Histogram => point.GetHistogramSum(),
        _ => throw new NotSupportedException($"{metric.MetricType}"),
    };
}
