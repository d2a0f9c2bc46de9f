namespace Streamx.Tests.Histories;

/// <summary>The one total order of commits, put together from what the <c>Every</c> subscriptions saw.</summary>
internal sealed class Commits
{
    private readonly SortedDictionary<long, PutCall> _byPosition = [];
    private readonly Dictionary<PutCall, long> _positions = new(ReferenceEqualityComparer.Instance);

    internal Commits(History history)
    {
        foreach (var subscription in history.Subscriptions.Where(subscription => subscription.IsEvery))
        {
            var position = subscription.JoinedAt;
            foreach (var put in subscription.Values) Add(subscription, position++, put);
        }
    }

    /// <summary>The commits that a consumer saw, in order.</summary>
    internal IEnumerable<PutCall> InOrder => _byPosition.Values;

    internal int Count => _byPosition.Count;

    /// <summary>Where a put committed; null when no <c>Every</c> subscription saw it.</summary>
    internal long? PositionOf(PutCall put) => _positions.TryGetValue(put, out var position) ? position : null;

    private void Add(SubscriptionLog subscription, long position, PutCall put)
    {
        Assert.True(
            _byPosition.TryAdd(position, put) || ReferenceEquals(_byPosition[position], put),
            $"{subscription} saw {put} at {position}, where another consumer saw {_byPosition[position]}.");
        Assert.True(_positions.TryAdd(put, position) || _positions[put] == position, $"{put} was seen at {position} and at {_positions[put]}.");
    }
}
