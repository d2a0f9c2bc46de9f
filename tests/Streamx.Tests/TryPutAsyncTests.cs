using Microsoft.Extensions.Time.Testing;
using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class TryPutAsyncTests : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _clock = new();
    private readonly AsyncStream<int> _stream;

    public TryPutAsyncTests() => _stream = new AsyncStream<int>(new AsyncStreamOptions { TimeProvider = _clock });

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    [Fact]
    public async Task TryPutAsync_ThereIsRoom_IsAcceptedAtOnce()
    {
        await using var reader = _stream.GetAsyncEnumerator();

        var put = _stream.TryPutAsync(1, s_limit);

        Assert.True(put.IsCompleted);
        Assert.True(await put);
        Assert.Equal(1, await reader.NextAsync());
    }

    [Fact]
    public async Task TryPutAsync_NoRoomInTime_NoSubscriptionGetsTheValue()
    {
        await using var reader = _stream.GetAsyncEnumerator();
        await _stream.PutAsync(1).WithinAsync();
        var late = _stream.TryPutAsync(2, s_limit);

        _clock.Advance(s_limit - TimeSpan.FromTicks(1));
        var before = late.IsCompleted;
        _clock.Advance(TimeSpan.FromTicks(1));

        Assert.False(before);
        Assert.False(await late.WithinAsync());
        Assert.Equal(1, await reader.NextAsync());
        var next = reader.MoveNextAsync();
        await _stream.PutAsync(3).WithinAsync();
        Assert.True(await next.WithinAsync());
        Assert.Equal(3, reader.Current);
    }

    [Fact]
    public async Task TryPutAsync_RoomComesInTime_IsAccepted()
    {
        await using var reader = _stream.GetAsyncEnumerator();
        await _stream.PutAsync(1).WithinAsync();
        var put = _stream.TryPutAsync(2, s_limit);
        await reader.NextAsync();

        var next = reader.MoveNextAsync();

        Assert.True(await put.WithinAsync());
        Assert.True(await next.WithinAsync());
        _clock.Advance(s_limit);
        Assert.Equal(2, reader.Current);
        Assert.Equal(2, _stream.GetSnapshot().ValuesPut);
    }

    [Fact]
    public async Task TryPutAsync_OtherPutsWait_TimeoutBoundsTheTurnToo()
    {
        await using var reader = _stream.GetAsyncEnumerator();
        await _stream.PutAsync(1).WithinAsync();
        var first = _stream.PutAsync(2);
        var second = _stream.TryPutAsync(3, s_limit);

        _clock.Advance(s_limit);

        Assert.False(await second.WithinAsync());
        await reader.NextAsync();
        Assert.Equal(2, await reader.NextAsync());
        await first.WithinAsync();
    }

    [Fact]
    public async Task TryPutAsync_Zero_NeverWaits()
    {
        await using var reader = _stream.GetAsyncEnumerator();

        Assert.True(await _stream.TryPutAsync(1, TimeSpan.Zero).WithinAsync());
        Assert.False(await _stream.TryPutAsync(2, TimeSpan.Zero).WithinAsync());

        Assert.Equal(1, _stream.GetSnapshot().ValuesPut);
        Assert.Equal(0, _stream.GetSnapshot().ValuesWaiting);
    }

    [Fact]
    public async Task TryPutAsync_Infinite_WaitsHoweverLongItTakes()
    {
        await using var reader = _stream.GetAsyncEnumerator();
        await _stream.PutAsync(1).WithinAsync();
        var put = _stream.TryPutAsync(2, Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromDays(100));

        Assert.False(put.IsCompleted);
        await reader.NextAsync();
        await reader.NextAsync();
        Assert.True(await put.WithinAsync());
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(uint.MaxValue)]
    public async Task TryPutAsync_TimeoutOutOfRange_Throws(long milliseconds) =>
        Assert.Equal("timeout", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await _stream.TryPutAsync(1, TimeSpan.FromMilliseconds(milliseconds)))).ParamName);

    [Fact]
    public async Task TryPutAsync_TokenCancelled_WinsOverTheTimeout()
    {
        await using var reader = _stream.GetAsyncEnumerator();
        await _stream.PutAsync(1).WithinAsync();
        using var cancellation = new CancellationTokenSource();
        var waiting = _stream.TryPutAsync(2, s_limit, cancellation.Token);

        await cancellation.CancelAsync();
        _clock.Advance(s_limit);

        Assert.Equal(cancellation.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WithinAsync())).CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _stream.TryPutAsync(3, TimeSpan.Zero, cancellation.Token).WithinAsync());
        Assert.Equal(1, _stream.GetSnapshot().ValuesPut);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task TryPutAsync_Closed_Throws(int seconds)
    {
        await _stream.CloseAsync().WithinAsync();

        await Assert.ThrowsAsync<StreamClosedException>(() => _stream.TryPutAsync(1, TimeSpan.FromSeconds(seconds)).WithinAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task TryPutAsync_Faulted_ThrowsTheFault(int seconds)
    {
        _stream.TryFault(new IOException("disk full"));

        var error = await Assert.ThrowsAsync<StreamFaultedException>(() => _stream.TryPutAsync(1, TimeSpan.FromSeconds(seconds)).WithinAsync());

        Assert.Equal("disk full", error.InnerException?.Message);
    }

    [Fact]
    public async Task TryPutAsync_TimeoutAndRoomAtOnce_TrueExactlyForWhatIsDelivered()
    {
        // The limit passes while the reader finishes the value before: whichever the stream takes first, the answer has to agree with it.
        for (var round = 0; round < 500; round++)
        {
            var clock = new FakeTimeProvider();
            var stream = new AsyncStream<int>(new AsyncStreamOptions { TimeProvider = clock });
            await using var reader = stream.GetAsyncEnumerator();
            await stream.PutAsync(1).WithinAsync();
            await reader.NextAsync();
            var put = stream.TryPutAsync(2, s_limit);
            using var both = new Barrier(2);

            var expiry = Task.Run(() =>
            {
                both.SignalAndWait();
                clock.Advance(s_limit);
            });
            both.SignalAndWait();
            var next = reader.MoveNextAsync();
            await expiry.WithinAsync();
            var accepted = await put.WithinAsync();
            await stream.CloseAsync(new CancellationToken(canceled: true)).ContinueWith(_ => { }, TaskScheduler.Default);

            Assert.Equal(accepted, await next.WithinAsync());
            Assert.Equal(accepted ? 2 : 1, stream.GetSnapshot().ValuesPut);
        }
    }
}
