namespace Streamx.Hosting.Dashboard;

/// <summary>The points of one stream's charts: a point a second, of the last five minutes.</summary>
internal sealed class ChartHistory
{
    /// <summary>How far it reaches back, in seconds.</summary>
    internal const int Seconds = 300;

    /// <summary>The points, the oldest first.</summary>
    private readonly Queue<Point> _points = new(Seconds);

    /// <summary>Adds a point, and forgets what is too old.</summary>
    internal void Add(double time, StreamDocument stream)
    {
        if (stream.ItemsPerSecond is not { } items || stream.BlockedRatio is not { } blocked) return;
        _points.Enqueue(new Point(time, items, blocked, stream.Consumers.ToDictionary(consumer => consumer.Name, consumer => consumer.HandlingP95Seconds)));
        while (_points.Count > Seconds || _points.Peek().Time < time - Seconds) _points.Dequeue();
    }

    /// <summary>All points.</summary>
    internal StreamHistory Describe(string stream) => new(
        stream,
        [.. _points.Select(point => point.Time)],
        [.. _points.Select(point => point.Items)],
        [.. _points.Select(point => point.Blocked)],
        _points.SelectMany(point => point.Handling.Keys).Distinct(StringComparer.Ordinal).ToDictionary(
            consumer => consumer,
            consumer => (IReadOnlyList<double?>)[.. _points.Select(point => point.Handling.GetValueOrDefault(consumer))]));

    private sealed record Point(double Time, double Items, double Blocked, Dictionary<string, double?> Handling);
}
