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
    /// <returns>The reader, and what begins and finishes a number that it has taken: false once it has left.</returns>
    (IAsyncEnumerator<int[]> Reader, Func<int, bool> Begin, Func<int, bool> Finish) ReadConcurrently(int max, bool beginsLater);

    /// <summary>Begins to read in batches.</summary>
    IAsyncEnumerator<int[]> ReadBatches(int maxSize, TimeSpan maxWait);
}
