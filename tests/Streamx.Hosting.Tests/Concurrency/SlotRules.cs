namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>
/// The rules of a consumer with slots, checked as its items begin and are settled. Values are numbered from 1, and those of a key are one
/// item apart at most.
/// </summary>
/// <param name="slots">How many items may be in hand.</param>
/// <param name="window">How many values may lie from the oldest unfinished to the newest.</param>
/// <param name="keyOf">The key of a value; null for none.</param>
internal sealed class SlotRules(int slots, int window, Func<int, int?> keyOf)
{
    private readonly Lock _lock = new();
    private readonly List<string> _broken = [];

    /// <summary>The items in hand, by their first value.</summary>
    private readonly SortedDictionary<int, int[]> _inHand = [];

    /// <summary>The item that has each key.</summary>
    private readonly Dictionary<int, int> _holders = [];

    /// <summary>The last value begun of each key.</summary>
    private readonly Dictionary<int, int> _last = [];

    /// <summary>The values that have been settled.</summary>
    private readonly HashSet<int> _settled = [];

    private int _oldest = 1;

    /// <summary>What has gone wrong.</summary>
    public IReadOnlyList<string> Broken
    {
        get
        {
            lock (_lock) return [.. _broken];
        }
    }

    /// <summary>An item is tried, for the first time or again.</summary>
    public void Begin(params int[] values)
    {
        lock (_lock)
        {
            var first = values[0];
            if (_inHand.ContainsKey(first)) return;
            _inHand.Add(first, values);
            if (_inHand.Count > slots) Break($"{_inHand.Count} items in hand");
            if (_oldest < int.MaxValue && values[^1] - _oldest >= window) Break($"{values[^1]} begins while {_oldest} is unfinished");
            foreach (var value in values)
            {
                if (keyOf(value) is not { } key) continue;
                if (_holders.TryGetValue(key, out var holder) && holder != first) Break($"{value} begins while {holder} has its key");
                if (_last.TryGetValue(key, out var last) && last >= value) Break($"{value} begins after {last} of its key");
                (_holders[key], _last[key]) = (first, value);
            }
        }
    }

    /// <summary>A value is handled, or has got its dead letter.</summary>
    public void Settle(int value)
    {
        lock (_lock)
        {
            _settled.Add(value);
            while (_settled.Contains(_oldest)) _oldest++;
            foreach (var (first, values) in _inHand)
            {
                if (!values.Contains(value) || !values.All(_settled.Contains)) continue;
                _inHand.Remove(first);
                foreach (var key in values.Select(keyOf).OfType<int>()) _holders.Remove(key);
                return;
            }
        }
    }

    /// <summary>
    /// The consumer has left and its calls have ended: it never gets again what it had in hand, nor what is put before it is attached again.
    /// So the oldest unfinished value is not known here from now on.
    /// </summary>
    public void Leave()
    {
        lock (_lock)
        {
            _inHand.Clear();
            _holders.Clear();
            _oldest = int.MaxValue;
        }
    }

    private void Break(string rule) => _broken.Add(rule);
}
