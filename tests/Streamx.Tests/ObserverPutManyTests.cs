using Microsoft.Extensions.Time.Testing;
using Streamx.Tests.Support;

namespace Streamx.Tests;

/// <summary>What an observer is told of puts of many values. Times are in seconds of a test's clock, which starts at midnight.</summary>
public sealed class ObserverPutManyTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly RecordedPuts _puts = new(traces: true);

    [Fact]
    public async Task PutMany_RoomForAll_TellsEachCommitAndOneEnd()
    {
        var stream = Create(window: 3);
        stream.Subscribe("a");

        await stream.PutManyAsync(new[] { 1, 2 });

        Assert.Equal(["commits 1 at 0", "commits 1 at 1", "accepted 2", "ends 1 0/0 none accepted"], _puts.Calls);
    }

    [Fact]
    public async Task PutMany_Waits_IsOneWait()
    {
        var stream = Create(window: 1);
        await using var a = stream.Subscribe("a").GetAsyncEnumerator();
        var put = stream.PutManyAsync(new[] { 1, 2, 3 });
        await a.NextAsync();
        Pass(1);
        await a.NextAsync();
        Pass(2);

        await a.NextAsync();
        var told = _puts.Calls.ToList();
        await put.WithinAsync();

        Assert.Equal(["commits 1 at 0", "waits 0", "commits 1 at 1", "leaves head 3", "commits 1 at 2"], told);
        Assert.Equal(["accepted 3", "ends 1 3/3 a accepted"], _puts.Calls.Skip(5));
        Assert.Equal(TimeSpan.FromSeconds(3), stream.GetSnapshot().Of("a").TimeGating);
    }

    [Fact]
    public async Task PutMany_WaitsForSeveral_IsGatedByThatOfTheLongestWait()
    {
        var stream = Create(window: 1);
        await using var a = stream.Subscribe("a").GetAsyncEnumerator();
        await using var b = stream.Subscribe("b").GetAsyncEnumerator();
        var put = stream.PutManyAsync(new[] { 1, 2, 3, 4 });
        await a.NextAsync();
        await b.NextAsync();

        await FinishAsync(first: b, seconds: 1, last: a);
        await FinishAsync(first: a, seconds: 5, last: b);
        await FinishAsync(first: b, seconds: 2, last: a);

        await put.WithinAsync();
        Assert.Equal("ends 1 8/5 b accepted", _puts.Calls[^1]);
        Assert.Equal((3, 5), (stream.GetSnapshot().Of("a").TimeGating.TotalSeconds, stream.GetSnapshot().Of("b").TimeGating.TotalSeconds));
    }

    [Fact]
    public async Task PutMany_TokenCancelledBefore_IsNone()
    {
        var stream = Create();

        await Assert.ThrowsAsync<StreamPutCanceledException>(() => stream.PutManyAsync(new[] { 1 }, new CancellationToken(canceled: true)).WithinAsync());
        await stream.PutManyAsync(ReadOnlyMemory<int>.Empty);

        Assert.Equal(0, _puts.Begun);
    }

    [Fact]
    public async Task PutMany_EndsEarly_TellsHowManyWereAccepted()
    {
        var stream = Create(window: 2);
        stream.Subscribe("a");
        using var source = new CancellationTokenSource();
        var put = stream.PutManyAsync(new[] { 1, 2, 3 }, source.Token);
        Pass(4);

        await source.CancelAsync();
        await Assert.ThrowsAsync<StreamPutCanceledException>(() => put.WithinAsync());

        Assert.Equal(
            ["commits 1 at 0", "commits 1 at 1", "waits 0", "leaves head 4", "accepted 2", "ends 1 4/4 a StreamPutCanceledException"], _puts.Calls);
    }

    [Fact]
    public async Task PutMany_QueuedBehindOne_WaitsFromTheHeadOn()
    {
        var stream = Create(window: 1);
        await using var a = stream.Subscribe("a").GetAsyncEnumerator();
        var first = stream.PutManyAsync(new[] { 1, 2 });
        var second = stream.PutManyAsync(new[] { 3, 4 });
        await a.NextAsync();
        Pass(1);
        await a.NextAsync();
        await first.WithinAsync();
        Pass(2);
        await a.NextAsync();
        Pass(4);
        await a.NextAsync();

        await second.WithinAsync();

        Assert.Contains("ends 1 1/1 a accepted", _puts.Calls);
        Assert.Equal("ends 2 6/6 a accepted", _puts.Calls[^1]);
        Assert.Equal(["waits 0", "queues 0", "leaves head 1", "reaches head 1", "leaves head 7"], _puts.Calls.Where(call => !call.StartsWith("commits", StringComparison.Ordinal) && !call.StartsWith("ends", StringComparison.Ordinal) && !call.StartsWith("accepted", StringComparison.Ordinal)));
    }

    /// <summary>Both finish the value that they hold, the last one some time later, and take the next.</summary>
    private async Task FinishAsync(IAsyncEnumerator<int> first, int seconds, IAsyncEnumerator<int> last)
    {
        var read = first.MoveNextAsync();
        Pass(seconds);
        await last.NextAsync();
        Assert.True(await read.WithinAsync());
    }

    private void Pass(int seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));

    private AsyncStream<int> Create(int window = 1)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window, TimeProvider = _clock });
        stream.Observe(_puts);
        return stream;
    }
}
