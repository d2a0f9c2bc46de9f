namespace Streamx.TestUtilities.Backends;

/// <content>Producers that resume their sources, where what keeps the stream stores bookmarks.</content>
public abstract partial class StreamBackendContract
{
    /// <summary>Whether what keeps the stream stores bookmarks.</summary>
    private protected virtual bool StoresBookmarks => false;

    [Fact]
    public async Task AsResumable_StreamThatStoresNoBookmarks_ThrowsInTheProducerAndSaysSo()
    {
        if (StoresBookmarks) return;
        Exception? thrown = null;
        await using var stage = await StartAsync(
            Ends(1),
            async (puts, token) =>
            {
                thrown = Record.Exception(() => puts.AsResumable());
                await puts.PutAsync(1, token);
            },
            Handler("a", _ => default));

        await stage.EndAsync();

        var refusal = Assert.IsType<NotSupportedException>(thrown);
        Assert.Matches("^(Stream 'numbers' is kept in memory|Streamx.Hosting.[A-Za-z]+ cannot store bookmarks)", refusal.Message);
    }

    [Fact]
    public async Task Bookmark_StoredWithValues_IsWhereTheNextProcessResumes()
    {
        if (!StoresBookmarks) return;
        List<string?> seen = [];
        var taken = new Taken();
        await RunAsync(taken, async (puts, token) =>
        {
            var resumable = puts.AsResumable();
            seen.Add(resumable.Bookmark);
            await resumable.PutAsync(1, "one", token);
            seen.Add(resumable.Bookmark);
            // Another put leaves it as it is.
            await resumable.PutAsync(2, token);
            await puts.PutAsync(3, token);
            seen.Add(resumable.Bookmark);
            await resumable.PutManyAsync(new[] { 4, 5 }, "five", token);
            seen.Add(resumable.Bookmark);
        });

        await RunAsync(taken, async (puts, token) =>
        {
            var resumable = puts.AsResumable();
            seen.Add(resumable.Bookmark);
            await resumable.PutAsync(6, new string('x', 1024), token);
        });
        await RunAsync(taken, async (puts, token) =>
        {
            seen.Add(puts.AsResumable().AsResumable().Bookmark);
            await puts.PutAsync(7, token);
        });

        Assert.Equal([null, "one", "one", "five", "five", new string('x', 1024)], seen);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], taken.Values);
    }

    [Fact]
    public async Task Bookmark_OfConcurrentPuts_IsTheLastOneStored()
    {
        if (!StoresBookmarks) return;
        string? last = null, resumed = null;
        var taken = new Taken();
        await RunAsync(taken, async (puts, token) =>
        {
            var resumable = puts.AsResumable();
            await Task.WhenAll(Enumerable.Range(1, 30).Select(value => resumable.PutAsync(value, $"{value}", token).AsTask()));
            last = resumable.Bookmark;
        });
        await RunAsync(taken, async (puts, token) =>
        {
            resumed = puts.AsResumable().Bookmark;
            await puts.PutAsync(31, token);
        });

        Assert.Equal(("30", "30"), (last, resumed));
    }

    [Fact]
    public async Task Resumable_WhatCannotBe_IsRefused()
    {
        if (!StoresBookmarks) return;
        List<Exception> thrown = [];
        var (taken, writer) = (new Taken(), (IStreamWriter<int>?)null);
        await RunAsync(
            taken,
            async (puts, token) =>
            {
                var resumable = puts.AsResumable();
                thrown.Add(await Assert.ThrowsAsync<ArgumentException>(() => resumable.PutAsync(0, new string('ä', 513), token).AsTask()));
                thrown.Add(await Assert.ThrowsAsync<ArgumentNullException>(() => resumable.PutAsync(0, null!, token).AsTask()));
                thrown.Add(await Assert.ThrowsAsync<ArgumentException>(() => resumable.PutManyAsync(ReadOnlyMemory<int>.Empty, "none", token).AsTask()));
                thrown.Add(Assert.Throws<InvalidOperationException>(() => writer!.AsResumable()));
                await resumable.PutAsync(1, "one", token);
            },
            started => writer = started);
        await RunAsync(taken, async (puts, token) =>
        {
            await puts.PutAsync(2, token);
            thrown.Add(Assert.Throws<InvalidOperationException>(() => puts.AsResumable()));
        });

        Assert.Equal([1, 2], taken.Values);
        Assert.Contains("takes 1026 bytes of UTF-8; it may take 1024", thrown[0].Message, StringComparison.Ordinal);
        Assert.Contains("Injected writers have none", thrown[3].Message, StringComparison.Ordinal);
        Assert.Contains("before its first put", thrown[4].Message, StringComparison.Ordinal);
    }

    /// <summary>Runs a producer to its end, and stops its process and the consumer's: the stream stays open.</summary>
    private async Task RunAsync(Taken taken, Func<IStreamWriter<int>, CancellationToken, Task> produce, Action<IStreamWriter<int>>? onStarted = null)
    {
        var (begin, put) = (new Signal(), new Signal());
        await using var stage = await StartAsync(
            Window(8),
            async (puts, token) =>
            {
                await begin.WaitAsync();
                await produce(puts, token);
                await puts.FlushAsync(token);
                put.Set();
                await new TaskCompletionSource().Task.WaitAsync(token);
            },
            Handler("a", taken.Add));
        onStarted?.Invoke(stage.Writer);
        begin.Set();
        await put.WaitAsync().WithinAsync();
        await stage.StopAsync();
    }
}
