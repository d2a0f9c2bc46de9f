using Microsoft.Extensions.Time.Testing;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests;

/// <summary>Puts with a limit on the wait through hosted writers, in one process and over a transport.</summary>
public abstract class TryPutAsyncTests : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly Gate _consumer = new();
    private readonly FaultScript _faults = new();
    private readonly bool _isRemote;
    private IHost? _host;

    private protected TryPutAsyncTests(bool isRemote) => _isRemote = isRemote;

    public sealed class InProcess() : TryPutAsyncTests(isRemote: false);

    public sealed class Remote() : TryPutAsyncTests(isRemote: true)
    {
        [Fact]
        public async Task TryPutAsync_SentAndTimeIsUp_WaitsForTheOutcome()
        {
            var writer = await StartAsync();
            _consumer.Open();
            await writer.PutAsync(1).WithinAsync();
            await writer.FlushAsync().WithinAsync();
            _faults.Next(FaultPoint.Append, default(Fault) with { ReplyDelay = 2 * s_limit });

            var put = writer.TryPutAsync(2, s_limit).AsTask();
            await Until.TrueAsync(() => _faults.Pending == 0);
            _time.Advance(s_limit);
            var wasOver = put.IsCompleted;
            await _time.AdvanceUntilAsync(put);

            Assert.False(wasOver);
            Assert.True(await put);
        }

        [Fact]
        public async Task TryPutAsync_SentWhenTheSessionIsLost_IsSentAgainHoweverLongThatTakes()
        {
            var writer = await StartAsync();
            _consumer.Open();
            await writer.PutAsync(1).WithinAsync();
            await writer.FlushAsync().WithinAsync();
            _faults.Next(FaultPoint.Append, new Fault(FaultKind.LoseBefore));

            var put = writer.TryPutAsync(2, TimeSpan.FromMilliseconds(1)).AsTask();
            await Until.TrueAsync(() => _faults.Pending == 0);
            await _time.AdvanceUntilAsync(put);

            Assert.True(await put);
            await _time.AdvanceUntilAsync(_consumer.Taken.UntilAsync(2));
        }
    }

    [Fact]
    public async Task TryPutAsync_NoRoomInTime_NoConsumerGetsTheValue()
    {
        var writer = await StartFullAsync();

        var late = writer.TryPutAsync(2, s_limit).AsTask();
        await WaitsAsync(1);
        _time.Advance(s_limit - TimeSpan.FromTicks(1));
        var wasOver = late.IsCompleted;
        _time.Advance(TimeSpan.FromTicks(1));
        var accepted = await late.WithinAsync();
        _consumer.Open();
        await writer.PutAsync(3).WithinAsync();
        await _consumer.Taken.UntilAsync(3);

        Assert.Equal((false, false), (wasOver, accepted));
        Assert.Equal([1, 3], _consumer.Taken.Values);
    }

    [Fact]
    public async Task TryPutAsync_OtherPutsWait_TimeoutBoundsTheTurnToo()
    {
        var writer = await StartFullAsync();
        var first = writer.PutAsync(2);
        await WaitsAsync(1);

        var second = writer.TryPutAsync(3, s_limit).AsTask();
        await WaitsAsync(2);
        _time.Advance(s_limit);
        var accepted = await second.WithinAsync();
        _consumer.Open();
        await first.WithinAsync();
        await _consumer.Taken.UntilAsync(2);

        Assert.False(accepted);
        Assert.Equal([1, 2], _consumer.Taken.Values);
    }

    [Fact]
    public async Task TryPutAsync_RoomComesInTime_IsAccepted()
    {
        var writer = await StartFullAsync();

        var put = writer.TryPutAsync(2, s_limit).AsTask();
        await WaitsAsync(1);
        _consumer.Open();

        Assert.True(await put.WithinAsync());
        await _consumer.Taken.UntilAsync(2);
        Assert.Equal([1, 2], _consumer.Taken.Values);
    }

    [Fact]
    public async Task TryPutAsync_Zero_NeverWaits()
    {
        var writer = await StartAsync();
        // Over a transport a try fails until this process leads.
        await writer.PutAsync(1).WithinAsync();
        await _consumer.Taken.UntilAsync(1);

        var withoutRoom = await writer.TryPutAsync(2, TimeSpan.Zero).AsTask().WithinAsync();
        _consumer.Open();
        await writer.FlushAsync().WithinAsync();
        var withRoom = await writer.TryPutAsync(3, TimeSpan.Zero).AsTask().WithinAsync();
        await _consumer.Taken.UntilAsync(3);

        Assert.Equal((false, true), (withoutRoom, withRoom));
        Assert.Equal([1, 3], _consumer.Taken.Values);
    }

    [Fact]
    public async Task TryPutAsync_Infinite_WaitsHoweverLongItTakes()
    {
        var writer = await StartFullAsync();

        var put = writer.TryPutAsync(2, Timeout.InfiniteTimeSpan).AsTask();
        await WaitsAsync(1);
        _time.Advance(4 * s_limit);
        var wasOver = put.IsCompleted;
        _consumer.Open();
        await _time.AdvanceUntilAsync(put);

        Assert.False(wasOver);
        Assert.True(await put);
    }

    [Fact]
    public async Task TryPutAsync_TokenCancelled_WinsOverTheTimeout()
    {
        var writer = await StartFullAsync();
        using var cancellation = new CancellationTokenSource();

        var waiting = writer.TryPutAsync(2, s_limit, cancellation.Token).AsTask();
        await WaitsAsync(1);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WithinAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.TryPutAsync(3, s_limit, cancellation.Token).AsTask().WithinAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.TryPutAsync(4, TimeSpan.Zero, cancellation.Token).AsTask().WithinAsync());
        _consumer.Open();
        await writer.FlushAsync().WithinAsync();

        Assert.Equal([1], _consumer.Taken.Values);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task TryPutAsync_HostHasStopped_SaysThatTheStreamIsClosed(int seconds)
    {
        var writer = await StartAsync();
        await _host!.StopAsync().WithinAsync();

        await Assert.ThrowsAsync<StreamClosedException>(() => writer.TryPutAsync(1, TimeSpan.FromSeconds(seconds)).AsTask().WithinAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task TryPutAsync_FromTheStreamsOwnConsumer_IsRefused(int seconds)
    {
        Task<bool>? inside = null;
        IStreamWriter<int>? writer = null;
        writer = await StartAsync((_, _) =>
        {
            inside = writer!.TryPutAsync(2, TimeSpan.FromSeconds(seconds)).AsTask();
            return default;
        });

        await writer.PutAsync(1).WithinAsync();
        await writer.FlushAsync().WithinAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => inside!.WithinAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _consumer.Open();
        if (_host is IAsyncDisposable host) await host.DisposeAsync().AsTask().WithinAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A stream whose consumer has a value in hand, so that there is no room.</summary>
    private async Task<IStreamWriter<int>> StartFullAsync()
    {
        var writer = await StartAsync();
        await writer.PutAsync(1).WithinAsync();
        await _consumer.Taken.UntilAsync(1);
        return writer;
    }

    private async Task<IStreamWriter<int>> StartAsync(Func<int, CancellationToken, ValueTask>? consume = null)
    {
        var builder = TestHost.CreateBuilder(_time);
        var stream = builder.Services.AddStreamx<int>().AddConsumer("any", consume ?? ((value, _) => _consumer.HandleAsync(value)));
        if (_isRemote) stream.UseInMemory(new InMemoryStore(_time) { Faults = _faults }.CreateProcess());
        _host = builder.Build();
        await _host.StartAsync().WithinAsync();
        return _host.Services.GetRequiredService<IStreamWriter<int>>();
    }

    private Task WaitsAsync(int puts) => _host!.UntilAsync(status => status.Stream.ValuesWaiting == puts);
}
