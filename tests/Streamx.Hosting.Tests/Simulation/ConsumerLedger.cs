namespace Streamx.Hosting.Tests.Simulation;

/// <summary>What one consumer has seen, in whatever process.</summary>
/// <param name="name">Its name.</param>
/// <param name="window">The stream's window.</param>
internal sealed class ConsumerLedger(string name, int window)
{
    private readonly HashSet<int> _begun = [];
    private readonly HashSet<int> _finished = [];

    /// <summary>The highest number that has been begun.</summary>
    private long _highest;

    private readonly HashSet<int> _lost = [];

    /// <summary>Under which epoch and number each value came last.</summary>
    private readonly Dictionary<int, (long Epoch, long Number)> _places = [];

    /// <summary>Its name.</summary>
    internal string Name => name;

    /// <summary>Whether it has been retired, so that values may have been accepted without it.</summary>
    internal bool IsRetired { get; private set; }

    /// <summary>How many values the store has lost that it had not been given.</summary>
    internal int Lost => _lost.Count;

    /// <summary>How many values it has begun again.</summary>
    internal int Repeated { get; private set; }

    /// <summary>Whether it has begun a value.</summary>
    internal bool HasBegun(int value) => _begun.Contains(value);

    /// <summary>Whether it has finished a value, or need not.</summary>
    internal bool HasFinished(SimulatedPut put) => _finished.Contains(put.Value) || _lost.Contains(put.Value) || IsRetired || put.IsExposed;

    /// <summary>The store has lost a value.</summary>
    internal void Lose(int value) => _lost.Add(value);

    /// <summary>It has been retired.</summary>
    internal void Retire() => IsRetired = true;

    /// <summary>The store has lost everything: numbers begin anew.</summary>
    internal void Forget() => _highest = 0;

    /// <summary>It has finished a value.</summary>
    internal void End(int value) => _finished.Add(value);

    /// <summary>It begins a value.</summary>
    /// <param name="put">The put of the value.</param>
    /// <param name="delivery">How it came; null where that is not known.</param>
    /// <param name="isRetry">Whether the same process has just failed with it.</param>
    /// <returns>What is wrong with that; null for nothing.</returns>
    internal string? Begin(SimulatedPut put, StreamxDelivery? delivery, bool isRetry)
    {
        var value = put.Value;
        var isNew = _begun.Add(value);
        if (isRetry) return null;
        if (!isNew) Repeated++;
        // What its processes still have of the time before overlaps with what comes since it has registered again.
        if (IsRetired) return null;
        if (delivery is null) return isNew && OutOfOrder(value) is { } later ? $"'{name}' began {value} after {later}." : null;
        var number = delivery.Sequence;
        _places[value] = (delivery.Epoch, number);
        if (put.Follows && _places.TryGetValue(value - 1, out var before) && before.Epoch == delivery.Epoch && before.Number != number - 1)
            return $"'{name}' began {value} as {number}, but {value - 1}, which the same call put before it, as {before.Number}.";
        var highest = _highest;
        _highest = Math.Max(number, highest);
        if (!isNew && !delivery.IsRedelivered) return $"'{name}' began {value} again, as {number}, and it was not marked.";
        if (number <= highest - window) return $"'{name}' began {number} again after {highest}: more than a window of {window} ago.";
        if (isNew && number < highest) return $"'{name}' began {number}, which is new, after {highest}.";
        return isNew && OutOfOrder(value) is { } after ? $"'{name}' began {value} after {after}." : null;
    }

    /// <summary>A value that the same producer put later and that came earlier; null for none. Values grow within each thousand.</summary>
    private int? OutOfOrder(int value)
    {
        // It misses values that others have, and may get them with what is put again once the store has lost everything.
        if (_lost.Contains(value)) return null;
        foreach (var other in _begun)
            if (other / 1000 == value / 1000 && other > value) return other;
        return null;
    }
}
