namespace Streamx.Tests.Support;

/// <summary>Reading step by step, or to the end.</summary>
internal static class Reading
{
    /// <summary>The next value, which must come.</summary>
    internal static async Task<T> NextAsync<T>(this IAsyncEnumerator<T> reader)
    {
        Assert.True(await reader.MoveNextAsync().WithinAsync(), "The stream ended where a value was expected.");
        return reader.Current;
    }

    /// <summary>A copy of the next batch, which must come.</summary>
    internal static async Task<IReadOnlyList<T>> NextBatchAsync<T>(this IAsyncEnumerator<StreamBatch<T>> reader) => (await reader.NextAsync()).ToArray();

    /// <summary>Everything up to the end, which must come.</summary>
    internal static async Task<List<T>> ReadToEndAsync<T>(this IAsyncEnumerator<T> reader)
    {
        var values = new List<T>();
        while (await reader.MoveNextAsync().WithinAsync()) values.Add(reader.Current);
        await reader.DisposeAsync();
        return values;
    }

    /// <summary>Everything up to the end, which must come; joins before this method returns.</summary>
    internal static Task<List<T>> ReadToEndAsync<T>(this IAsyncEnumerable<T> values) => values.GetAsyncEnumerator().ReadToEndAsync();

    /// <summary>What the snapshot says about one subscription.</summary>
    internal static SubscriptionSnapshot Of(this StreamSnapshot snapshot, string name) =>
        snapshot.Subscriptions.Single(subscription => string.Equals(subscription.Name, name, StringComparison.Ordinal));
}
