namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A subscription of an <see cref="IExploredStream"/>.</summary>
internal interface IExploredSubscription : IAsyncDisposable
{
    /// <inheritdoc cref="StreamSubscription{T}.Name"/>
    string Name { get; }

    /// <inheritdoc cref="StreamSubscription{T}.GetSnapshot"/>
    SubscriptionSnapshot GetSnapshot();

    /// <summary>Begins to read value by value.</summary>
    IAsyncEnumerator<int[]> Read(CancellationToken cancellationToken);

    /// <summary>Begins to take several values, which end in any order.</summary>
    /// <param name="max">How many values may be unfinished at a time.</param>
    /// <param name="beginsLater">Whether a value that has been taken is in hand only once it is begun.</param>
    /// <param name="limit">How many values a read takes at most.</param>
    ISlots ReadConcurrently(int max, bool beginsLater, int limit);

    /// <summary>Begins to read in batches.</summary>
    IAsyncEnumerator<int[]> ReadBatches(int maxSize, TimeSpan maxWait);
}
