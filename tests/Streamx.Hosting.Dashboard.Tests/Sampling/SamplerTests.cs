using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests.Sampling;

public sealed class SamplerTests : IDisposable
{
    private readonly PausedClock _time = new();
    private readonly ScriptedControl _control = new() { Streams = [Stream(0, null, Consumer("Ledger"))] };
    private readonly CancellationTokenSource _stopping = new();
    private readonly Sampler _sampler;

    /// <summary>How many pauses have passed.</summary>
    private int _pauses;

    public SamplerTests() =>
        _sampler = new Sampler(new PageState(_control, _time, "Shop"), null, _time, NullLogger.Instance, _stopping.Token);

    [Fact]
    public async Task Sampler_BeforeTheHostHasStarted_DoesNothing()
    {
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((false, 0), (_sampler.IsRunning, _control.Looks));
        await _sampler.WhenIdle.WithinAsync();
    }

    [Fact]
    public async Task Sampler_NoPageOpen_LooksOnceASecond_AndAPageThatOpensHasTheHistory()
    {
        _sampler.Start();
        for (var second = 1; second <= 20; second++)
        {
            _control.Streams = [Stream(50 * second, null, Consumer("Ledger"))];
            await SecondAsync();
        }

        var looks = _control.Looks;
        await using var page = _sampler.FollowAsync(false, CancellationToken.None).GetAsyncEnumerator();
        var history = JsonNode.Parse((await NextAsync(page)).Data)!["streams"]![0]!;

        // One as it begins, and one a second.
        Assert.Equal(21, looks);
        Assert.Equal(20, history["times"]!.AsArray().Count);
        Assert.InRange((double)history["itemsPerSecond"]![19]!, 45, 50);
    }

    [Fact]
    public async Task Sampler_PageOpens_LooksOftenAtOnce()
    {
        _sampler.Start();
        await SecondAsync();

        await using var page = await OpenAsync();
        await Until.TrueAsync(() => _control.Looks >= 4, "a look for the page that has opened");
        var frame = NextAsync(page);
        await PassAsync(() => frame.IsCompleted);

        Assert.Equal("frame", (await frame).EventType);
        Assert.InRange(_control.Looks, 14, _pauses + 6);
    }

    [Fact]
    public async Task Sampler_AllStreamsHaveEnded_Stops()
    {
        var open = _control.Streams[0];
        _sampler.Start();
        await SecondAsync();
        _control.Streams = [open with { Stream = open.Stream with { State = StreamState.Closed } }];

        _time.Advance(Sampler.IdlePause);
        await Until.TrueAsync(() => _control.Looks >= 3, "a look");
        _time.Advance(Sampler.IdlePause);

        await _sampler.WhenIdle.WithinAsync();
        Assert.False(_sampler.IsRunning);
    }

    [Fact]
    public async Task Sampler_LastPageCloses_LooksOnceASecond()
    {
        await using (var page = await OpenAsync())
        {
            Assert.True(_sampler.IsRunning);
            Assert.Equal(1, _sampler.Pages);
        }

        await IdleAsync();
        var looks = _control.Looks;
        for (var second = 0; second < 5; second++) await SecondAsync();
        Assert.Equal(looks + 5, _control.Looks);
    }

    [Fact]
    public async Task Sampler_AskedOnce_LooksForAWhile()
    {
        _sampler.Ask();
        Assert.True(_sampler.IsRunning);

        var begun = _time.GetUtcNow();
        var looks = _control.Looks;
        await PassAsync(() => _time.GetUtcNow() - begun >= Sampler.RequestLifetime);
        await IdleAsync();

        Assert.InRange(_control.Looks - looks, 120, 220);
    }

    [Fact]
    public async Task Sampler_ManyPages_LooksOnceForAll_AndAllGetTheSameBytes()
    {
        await using var first = await OpenAsync();
        await using var second = await OpenAsync();

        var frames = (NextAsync(first), NextAsync(second));
        await PassAsync(() => frames.Item1.IsCompleted && frames.Item2.IsCompleted);

        Assert.Same((await frames.Item1).Data, (await frames.Item2).Data);
        // One after each pause, however many pages, one as it begins, and one as each page opens.
        Assert.InRange(_control.Looks, 14, _pauses + 3);
    }

    [Fact]
    public async Task Page_ThatCannotKeepUp_JumpsToTheNewestState()
    {
        await using var slow = await OpenAsync();
        await using var quick = await OpenAsync();

        for (var second = 1; second <= 5; second++)
        {
            _control.Streams = [Stream(1000 * second, null, Consumer("Ledger"))];
            // A frame may have been sent since the last one that this page has read: it has the state of before.
            Task<SseItem<byte[]>> frame;
            do
            {
                frame = NextAsync(quick);
                await PassAsync(() => frame.IsCompleted);
            }
            while (!Has(await frame, 1000 * second));
        }

        Assert.True(Has(await NextAsync(slow), 5000));

        static bool Has(SseItem<byte[]> frame, int valuesPut) =>
            Encoding.UTF8.GetString(frame.Data).Contains($"\"valuesPut\":{valuesPut},", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_HostStops_End()
    {
        await using var page = await OpenAsync();

        await _stopping.CancelAsync();

        Assert.Equal("stopping", (await NextAsync(page)).EventType);
        Assert.False(await page.MoveNextAsync().AsTask().WithinAsync());
        await _sampler.WhenIdle.WithinAsync();
        Assert.False(_sampler.IsRunning);
    }

    [Fact]
    public async Task Page_OpenedAgain_HasTheChartsOfBefore()
    {
        await using (var page = await OpenAsync())
        {
            var frame = NextAsync(page);
            await PassAsync(() => frame.IsCompleted);
            await frame;
        }

        await IdleAsync();
        await using var again = _sampler.FollowAsync(false, CancellationToken.None).GetAsyncEnumerator();

        var history = Encoding.UTF8.GetString((await NextAsync(again)).Data);
        Assert.Contains("\"name\":\"orders\"", history, StringComparison.Ordinal);
        Assert.Contains("\"itemsPerSecond\":[0", history, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    /// <summary>Opens a page, which has got its history and its first picture.</summary>
    private async Task<IAsyncEnumerator<SseItem<byte[]>>> OpenAsync()
    {
        var page = _sampler.FollowAsync(false, CancellationToken.None).GetAsyncEnumerator();
        Assert.Equal("history", (await NextAsync(page)).EventType);
        Assert.Equal("frame", (await NextAsync(page)).EventType);
        return page;
    }

    /// <summary>Lets a second pass in which no page is open.</summary>
    private async Task SecondAsync()
    {
        var looks = _control.Looks;
        _time.Advance(Sampler.IdlePause);
        // With the pause after it: a page that opened before that would be looked at only after a pause.
        await Until.TrueAsync(() => _control.Looks > looks && _time.IsAwaited(Sampler.IdlePause), "a look");
    }

    /// <summary>Lets time pass until it looks once a second.</summary>
    private async Task IdleAsync()
    {
        while (!_sampler.IsIdle)
        {
            _time.Advance(Sampler.Pause * 1.5);
            await Task.Yield();
        }
    }

    private static async Task<SseItem<byte[]>> NextAsync(IAsyncEnumerator<SseItem<byte[]>> page)
    {
        Assert.True(await page.MoveNextAsync().AsTask().WithinAsync());
        return page.Current;
    }

    /// <summary>Lets time pass, one look after the other, until something is so.</summary>
    private async Task PassAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            // A page that opens wakes the sampler on another thread: time that passed before its next pause would be lost on it.
            await Until.TrueAsync(() => _time.IsAwaited(Sampler.Pause * 1.5) || !_sampler.IsRunning, "a short pause");
            var looks = _control.Looks;
            _pauses++;
            _time.Advance(Sampler.Pause * 1.5);
            await Until.TrueAsync(() => _control.Looks > looks || !_sampler.IsRunning || isSo(), "a look");
        }
    }
}
