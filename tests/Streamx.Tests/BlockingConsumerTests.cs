using Streamx.Tests.Support;

namespace Streamx.Tests;

/// <summary>A consumer may block its thread: it delays only the operations that wait for its values.</summary>
/// <remarks>What continuations use is not disposed: one may still be using it when the test is over.</remarks>
public sealed class BlockingConsumerTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Consumer_NeverComesBack_HoldsUpNeitherTheOthersNorTheProducer(bool warmedUp)
    {
        const int Values = 500;
        var stream = new AsyncStream<int>();
        var release = new ManualResetEventSlim();
        var others = Enumerable.Range(0, 3).Select(_ => stream.ReadToEndAsync()).ToList();
        var putBefore = warmedUp ? await WarmUpAsync(stream) : 0;
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var newest = stream.Subscribe(new SubscriptionOptions { Mode = SubscriptionMode.Latest }).GetAsyncEnumerator();
        newest.MoveNextAsync().GetAwaiter().UnsafeOnCompleted(() =>
        {
            blocked.SetResult();
            release.Wait();
        });

        try
        {
            for (var value = 0; value < Values; value++) await stream.PutAsync(value).WithinAsync();
            await stream.CloseAsync().WithinAsync();

            foreach (var other in others) Assert.Equal(putBefore + Values, (await other.WithinAsync()).Count);
            await blocked.Task.WithinAsync();
        }
        finally
        {
            release.Set();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Consumer_WaitsSynchronouslyForAnother_BothGoOn(bool warmedUp)
    {
        const int Values = 50;
        var stream = new AsyncStream<int>();
        var reached = new SemaphoreSlim(0);
        var waiting = false;
        var first = ConsumeAsync(() => Assert.True(!waiting || reached.Wait(Bounded.Limit)));
        var second = ConsumeAsync(() =>
        {
            if (waiting) reached.Release();
        });
        if (warmedUp) await WarmUpAsync(stream);
        await stream.FlushAsync().WithinAsync();
        Volatile.Write(ref waiting, true);

        for (var value = 0; value < Values; value++) await stream.PutAsync(value).WithinAsync();
        await stream.CloseAsync().WithinAsync();

        await Task.WhenAll(first, second).WithinAsync();
        Assert.Equal(0, reached.CurrentCount);

        async Task ConsumeAsync(Action onValue)
        {
            await foreach (var _ in stream) onValue();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Consumer_LeavesLocalsAndAContextOnItsThread_TheOthersDoNotFindThem(bool warmedUp)
    {
        const int Rounds = 300;
        var stream = new AsyncStream<int>();
        await using var leaving = stream.GetAsyncEnumerator();
        await using var finding = stream.GetAsyncEnumerator();
        if (warmedUp) await ContinuationQueues.Of(stream).WarmUpAsync();
        var found = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var resumed = new SemaphoreSlim(0);
            OnRead(leaving, () =>
            {
                Look();
                Ambient.Value = "left behind";
                SynchronizationContext.SetSynchronizationContext(new OwnContext());
            });
            OnRead(finding, Look);

            Assert.True(stream.TryPut(round));
            Assert.True(await resumed.WaitAsync(Bounded.Limit) && await resumed.WaitAsync(Bounded.Limit));

            void OnRead(IAsyncEnumerator<int> reader, Action action)
            {
                var read = reader.MoveNextAsync().GetAwaiter();
                read.UnsafeOnCompleted(() =>
                {
                    action();
#pragma warning disable VSTHRD002 // It has completed: this is its continuation.
                    _ = read.GetResult();
#pragma warning restore VSTHRD002
                    resumed.Release();
                });
            }
        }

        Assert.Equal(0, found);

        void Look()
        {
            if (Ambient.Value is not null || SynchronizationContext.Current is not null) Interlocked.Increment(ref found);
        }
    }

    /// <summary>Puts values until the continuations of the stream run serially, if they are short enough on this machine.</summary>
    /// <returns>How many values were put.</returns>
    private static async Task<int> WarmUpAsync(AsyncStream<int> stream)
    {
        var queue = ContinuationQueues.Of(stream);
        var put = 0;
        while (put < 100_000 && !queue.IsSerial())
        {
            await stream.PutAsync(put);
            put++;
        }

        return put;
    }

    private sealed class OwnContext : SynchronizationContext;
}
