namespace Streamx.Hosting.Dashboard;

/// <summary>The points of all charts, of the last five minutes, a point a second. Its memory use does not grow with time.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ChartHistory
{
    /// <summary>How far it reaches back, in seconds: the number of points.</summary>
    internal const int Seconds = 300;

    /// <summary>The maximum number of series, so that all together take less than a megabyte. Further series have no history.</summary>
    internal const int MaxSeries = 700;

    /// <summary>The number of series of one stream without its consumers: values a second, and blocked.</summary>
    private const int SeriesOfStream = 2;

    /// <summary>When each point was taken, in seconds of Unix time; a ring.</summary>
    private readonly double[] _times = new double[Seconds];

    private readonly Dictionary<string, StreamSeries> _streams = new(StringComparer.Ordinal);

    /// <summary>The index of the next point.</summary>
    private int _next;

    /// <summary>How many points there are.</summary>
    private int _count;

    /// <summary>How many series there are.</summary>
    private int _series;

    /// <summary>Whether a search for free series has been made since the newest point was begun.</summary>
    private bool _isPruned;

    /// <summary>Adds a point to all series. It remains empty for a series that gets no value before the next point.</summary>
    internal void Begin(double time)
    {
        _times[_next] = time;
        _next = (_next + 1) % Seconds;
        _count = Math.Min(_count + 1, Seconds);
        _isPruned = false;
        foreach (var stream in _streams.Values)
        {
            stream.Items[Newest] = stream.Blocked[Newest] = float.NaN;
            foreach (var handling in stream.Handling.Values) handling[Newest] = float.NaN;
        }
    }

    /// <summary>Sets the newest point of a stream.</summary>
    internal void Add(string stream, double items, double blocked)
    {
        if (Find(stream) is not { } series) return;
        (series.Items[Newest], series.Blocked[Newest]) = ((float)items, (float)blocked);
    }

    /// <summary>Sets the newest point of one of a stream's consumers.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="handling">How long it took, in seconds; null if no value was timed.</param>
    internal void Add(string stream, string consumer, double? handling)
    {
        if (Find(stream) is not { } series) return;
        if (!series.Handling.TryGetValue(consumer, out var values))
        {
            if (!TryTake(1)) return;
            series.Handling[consumer] = values = NewSeries();
        }

        values[Newest] = (float?)handling ?? float.NaN;
    }

    /// <summary>The points of every stream, the oldest first.</summary>
    internal IReadOnlyList<StreamHistory> Describe() => [.. _streams.Select(stream => Describe(stream.Key, stream.Value))];

    private StreamHistory Describe(string name, StreamSeries stream)
    {
        var from = _count == 0 ? 0 : _times[Newest] - Seconds;
        var points = Enumerable.Range(_next - _count + Seconds, _count).Select(point => point % Seconds)
            .Where(point => _times[point] >= from && !float.IsNaN(stream.Items[point])).ToArray();
        return new StreamHistory(
            name,
            Array.ConvertAll(points, point => _times[point]),
            Array.ConvertAll(points, point => Round(stream.Items[point], 3)),
            Array.ConvertAll(points, point => Round(stream.Blocked[point], 3)),
            stream.Handling.ToDictionary(
                consumer => consumer.Key,
                consumer => (IReadOnlyList<double?>)Array.ConvertAll(
                    points, point => float.IsNaN(consumer.Value[point]) ? (double?)null : Round(consumer.Value[point], 7))));
    }

    private static double Round(float value, int digits) => Math.Round((double)value, digits);

    private int Newest => (_next + Seconds - 1) % Seconds;

    private StreamSeries? Find(string name)
    {
        if (_streams.TryGetValue(name, out var stream)) return stream;
        if (!TryTake(SeriesOfStream)) return null;
        return _streams[name] = new StreamSeries(NewSeries(), NewSeries(), new(StringComparer.Ordinal));
    }

    /// <summary>Makes room for series, if necessary in place of consumers without any remaining point.</summary>
    private bool TryTake(int count)
    {
        if (_series + count > MaxSeries) Prune();
        if (_series + count > MaxSeries) return false;
        _series += count;
        return true;
    }

    /// <summary>Removes consumers without any remaining point, at most once for each point.</summary>
    private void Prune()
    {
        if (_isPruned) return;
        _isPruned = true;
        foreach (var stream in _streams.Values)
        {
            foreach (var (consumer, handling) in stream.Handling)
                if (Array.TrueForAll(handling, float.IsNaN) && stream.Handling.Remove(consumer)) _series--;
        }
    }

    private static float[] NewSeries()
    {
        var series = new float[Seconds];
        Array.Fill(series, float.NaN);
        return series;
    }

    private sealed record StreamSeries(float[] Items, float[] Blocked, Dictionary<string, float[]> Handling);
}
