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

    /// <summary>Its name.</summary>
    internal string Name => name;

    /// <summary>How many values it has begun again.</summary>
    internal int Repeated { get; private set; }

    /// <summary>Whether it has begun a value.</summary>
    internal bool HasBegun(int value) => _begun.Contains(value);

    /// <summary>Whether it has finished a value.</summary>
    internal bool HasFinished(int value) => _finished.Contains(value);

    /// <summary>It has finished a value.</summary>
    internal void End(int value) => _finished.Add(value);

    /// <summary>It begins a value.</summary>
    /// <returns>What is wrong with that; null for nothing.</returns>
    internal string? Begin(int value, StreamxDelivery? delivery)
    {
        var isNew = _begun.Add(value);
        if (!isNew) Repeated++;
        if (delivery is null) return isNew && OutOfOrder(value) is { } later ? $"'{name}' began {value} after {later}." : null;
        var number = delivery.Sequence;
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
        foreach (var other in _begun)
            if (other / 1000 == value / 1000 && other > value) return other;
        return null;
    }
}
