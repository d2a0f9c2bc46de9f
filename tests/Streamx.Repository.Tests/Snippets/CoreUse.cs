namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code of the core package's README.</summary>
internal static class CoreUse
{
    public static async Task<(List<int> Printed, List<int> BatchSizes)> RunAsync()
    {
        var printed = new List<int>();
        var batchSizes = new List<int>();

        #region lock-step
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Name = "numbers", Window = 4 });

        // Subscribed here, before the first put: a subscription sees every value accepted after Subscribe returned.
        var all = PrintAsync(stream.Subscribe("printer"));
        var batches = CountAsync(stream.Subscribe("counter"));

        for (var i = 0; i < 100; i++) await stream.PutAsync(i); // waits while either of them is 4 values behind
        await stream.CloseAsync();                              // ends when both have finished everything
        #endregion

        await Task.WhenAll(all, batches);
        return (printed, batchSizes);

        #region consumers
        async Task PrintAsync(StreamSubscription<int> subscription)
        {
            await foreach (var number in subscription) printed.Add(number); // asking for the next value finishes the last
        }

        async Task CountAsync(StreamSubscription<int> subscription)
        {
            await foreach (var batch in subscription.ReadBatchesAsync(maxSize: 10, maxWait: TimeSpan.Zero)) batchSizes.Add(batch.Count);
        }
        #endregion
    }
}
