namespace Streamx.Hosting.Dashboard;

/// <summary>For which names of a stream between processes puts have waited in the last seconds, where this process leads it.</summary>
internal sealed class NameMeters
{
    private readonly Dictionary<string, NameMeter> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How many looks of the second in progress found a put waiting.</summary>
    private int _waiting;

    /// <summary>How many looks there were in it.</summary>
    private int _looks;

    /// <summary>Which part of the last second a put was waiting.</summary>
    internal double BlockedRatio { get; private set; }

    /// <summary>Which part of the time puts waited for a name; null if it is not known.</summary>
    internal double? GatingRatio(string name) => _names.GetValueOrDefault(name)?.GatingRatio;

    /// <summary>The name that puts have waited for most, if that was no less than so much of the time.</summary>
    internal string? Holder(double notable) =>
        (from name in _names where name.Value.GatingRatio >= notable orderby name.Value.GatingRatio descending select name.Key).FirstOrDefault();

    /// <summary>Takes a look.</summary>
    internal void Look(IReadOnlyList<StreamxRemoteName> names)
    {
        _looks++;
        if (names.Any(name => name.IsGating)) _waiting++;
        foreach (var name in names)
        {
            if (!_names.TryGetValue(name.Name, out var meter)) _names[name.Name] = meter = new NameMeter();
            meter.Look(name.IsGating);
        }

        foreach (var gone in _names.Keys.Except(names.Select(name => name.Name), StringComparer.OrdinalIgnoreCase).ToList()) _names.Remove(gone);
    }

    /// <summary>A second is over.</summary>
    internal void EndSecond()
    {
        BlockedRatio = _looks == 0 ? 0 : (double)_waiting / _looks;
        (_waiting, _looks) = (0, 0);
        foreach (var name in _names.Values) name.EndSecond();
    }

    /// <summary>Nobody has looked for a while, or this process did not lead.</summary>
    internal void Clear()
    {
        (_waiting, _looks, BlockedRatio) = (0, 0, 0);
        _names.Clear();
    }
}
