using System.Net.ServerSentEvents;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests.Sampling;

public sealed class SamplerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedControl _control = new() { Streams = [Stream(0, null, Consumer("Ledger"))] };
    private readonly CancellationTokenSource _stopping = new();
    private readonly Sampler _sampler;

    /// <summary>How many pauses have passed.</summary>
    private int _pauses;

    public SamplerTests() =>
        _sampler = new Sampler(new PageState(_control, _time, "Shop"), null, _time, NullLogger.Instance, _stopping.Token);

    [Fact]
    public async Task Sampler_NobodyLooks_DoesNothing()
    {
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((false, 0), (_sampler.IsRunning, _control.Looks));
        await _sampler.WhenIdle.WithinAsync();
    }

    [Fact]
    public async Task Sampler_LastPageCloses_StopsLooking()
    {
        await using (var page = await OpenAsync())
        {
            Assert.True(_sampler.IsRunning);
            Assert.Equal(1, _sampler.Pages);
        }

        await PassAsync(() => !_sampler.IsRunning);
        await _sampler.WhenIdle.WithinAsync();
        var looks = _control.Looks;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(looks, _control.Looks);
    }

    [Fact]
    public async Task Sampler_AskedOnce_LooksForAWhile()
    {
        _sampler.Ask();
        Assert.True(_sampler.IsRunning);

        var begun = _time.GetUtcNow();
        await PassAsync(() => !_sampler.IsRunning);

        Assert.InRange(_time.GetUtcNow() - begun, Sampler.RequestLifetime, Sampler.RequestLifetime * 1.5);
        await _sampler.WhenIdle.WithinAsync();
    }

    [Fact]
    public async Task Sampler_ManyPages_LooksOnceForAll_AndAllGetTheSameBytes()
    {
        await using var first = await OpenAsync();
        await using var second = await OpenAsync();

        var frames = (NextAsync(first), NextAsync(second));
        await PassAsync(() => frames.Item1.IsCompleted && frames.Item2.IsCompleted);

        Assert.Same((await frames.Item1).Data, (await frames.Item2).Data);
        // One after each pause, however many pages, and one as it begins.
        Assert.InRange(_control.Looks, 14, _pauses + 1);
    }

    [Fact]
    public async Task Page_ThatCannotKeepUp_JumpsToTheNewestState()
    {
        await using var slow = await OpenAsync();
        await using var quick = await OpenAsync();

        for (var second = 1; second <= 5; second++)
        {
            _control.Streams = [Stream(1000 * second, null, Consumer("Ledger"))];
            var frame = NextAsync(quick);
            await PassAsync(() => frame.IsCompleted);
            await frame;
        }

        var next = await NextAsync(slow);
        Assert.Contains("\"valuesPut\":5000,", Encoding.UTF8.GetString(next.Data), StringComparison.Ordinal);
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

        await PassAsync(() => !_sampler.IsRunning);
        await using var again = _sampler.FollowAsync(CancellationToken.None).GetAsyncEnumerator();

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
        var page = _sampler.FollowAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.Equal("history", (await NextAsync(page)).EventType);
        Assert.Equal("frame", (await NextAsync(page)).EventType);
        return page;
    }

    private static async Task<SseItem<byte[]>> NextAsync(IAsyncEnumerator<SseItem<byte[]>> page)
    {
        Assert.True(await page.MoveNextAsync().AsTask().WithinAsync());
        return page.Current;
    }

    /// <summary>Lets time pass, one look after the other, until something is so.</summary>
    private async Task PassAsync(Func<bool> isSo)
    {
        var looks = _control.Looks;
        while (!isSo())
        {
            _pauses++;
            _time.Advance(Sampler.Pause * 1.5);
            await Until.TrueAsync(() => _control.Looks > looks || !_sampler.IsRunning || isSo(), "a look");
            looks = _control.Looks;
        }
    }
}
