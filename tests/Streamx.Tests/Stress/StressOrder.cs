namespace Streamx.Tests.Stress;

/// <summary>The one order of a round: the first consumer at a position says which value is there, all others must agree.</summary>
internal sealed class StressOrder(int capacity)
{
    private readonly long[] _keys = new long[capacity];

    internal void Confirm(long position, StressValue value, string consumer)
    {
        Assert.True(position < _keys.Length, $"{consumer} saw more values than were put.");
        var known = Interlocked.CompareExchange(ref _keys[position], value.Key, 0);
        Assert.True(known == 0 || known == value.Key, $"{consumer} saw {value.Producer}.{value.Number} at {position}, where another saw {Name(known)}.");
    }

    /// <summary>Everything accepted is there once, in the order of its producer.</summary>
    internal void CheckComplete(IReadOnlyList<StressProducer> producers, long accepted)
    {
        Assert.Equal(producers.Sum(producer => producer.Accepted.Count), accepted);
        var next = new int[producers.Count];
        for (var position = 0; position < accepted; position++)
        {
            var (producer, number) = ((int)(_keys[position] >> 32), (int)_keys[position] - 1);
            Assert.True(_keys[position] != 0, $"No consumer saw the value at {position}.");
            Assert.True(next[producer] < producers[producer].Accepted.Count, $"{Name(_keys[position])} at {position} is one too many.");
            var expected = producers[producer].Accepted[next[producer]++];
            Assert.True(expected == number, $"{Name(_keys[position])} is at {position} where {producer}.{expected} was expected.");
        }
    }

    private static string Name(long key) => $"{key >> 32}.{(int)key - 1}";
}
