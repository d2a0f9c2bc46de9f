namespace Streamx.Hosting.Dashboard;

/// <summary>
/// The consumers of a stream between processes that puts have waited for in the last seconds, where this process leads it.
/// </summary>
internal sealed class NameMeters
{
    private readonly Dictionary<string, NameMeter> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How many samples of the second in progress found a put waiting.</summary>
    private int _waiting;

    /// <summary>How many samples there were in it.</summary>
    private int _samples;

    /// <summary>Which part of the last second a put was waiting.</summary>
    internal double BlockedRatio { get; private set; }

    /// <summary>Which part of the time puts waited for a consumer; null if it is not known.</summary>
    internal double? GatingRatio(string name) => _names.GetValueOrDefault(name)?.GatingRatio;

    /// <summary>The consumer that puts have waited for most, if that was at least a share of the time.</summary>
    internal string? Holder(double notable) =>
        (from name in _names
         where name.Value.GatingRatio >= notable
         orderby name.Value.GatingRatio descending
         select name.Key).FirstOrDefault();

    /// <summary>Takes a sample.</summary>
    internal void Look(IReadOnlyList<StreamxRemoteName> names)
    {
        _samples++;
        if (names.Any(name => name.IsGating)) _waiting++;
        foreach (var name in names)
        {
            if (!_names.TryGetValue(name.Name, out var meter)) _names[name.Name] = meter = new NameMeter();
            meter.Look(name.IsGating);
        }

        var gone = _names.Keys.Except(names.Select(name => name.Name), StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var name in gone) _names.Remove(name);
    }

    /// <summary>Ends a second.</summary>
    internal void EndSecond()
    {
        BlockedRatio = _samples == 0 ? 0 : (double)_waiting / _samples;
        (_waiting, _samples) = (0, 0);
        foreach (var name in _names.Values) name.EndSecond();
    }

    /// <summary>Starts over, after a pause or a time in which this process did not lead.</summary>
    internal void Clear()
    {
        (_waiting, _samples, BlockedRatio) = (0, 0, 0);
        _names.Clear();
    }
}
