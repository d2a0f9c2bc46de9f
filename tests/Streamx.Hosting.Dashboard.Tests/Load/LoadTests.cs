using System.Globalization;
using Streamx.Hosting.Dashboard.Tests.Support;

namespace Streamx.Hosting.Dashboard.Tests.Load;

/// <summary>What many open pages cost a busy stream. <c>STREAMX_PAGES=1000</c> opens that many for a minute; otherwise some for some seconds.</summary>
/// <remarks>Speed is printed and not judged here: it is a ratio of one run on one machine.</remarks>
public class LoadTests(ITestOutputHelper output)
{
    private const string Variable = "STREAMX_PAGES";

    /// <summary>A stream that is as fast as one of its consumers, and one that is as fast as the machine.</summary>
    public static TheoryData<string, string[]> Loads => new() { { "paced", ["--slow", "Alerts=1"] }, { "unpaced", [] } };

    [Theory]
    [MemberData(nameof(Loads))]
    public async Task ManyPages_AreAllServed_InLittleMemory_AndLetGoOfAtTheStop(string load, string[] arguments)
    {
        var asked = int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var given) ? given : 0;
        var (pages, seconds) = asked > 0 ? (asked, 60) : (50, 3);
        await using var busy = await BusyHost.StartAsync(arguments);
        await busy.RateAsync(seconds: 2);

        var before = await busy.RateAsync(seconds);
        var memoryBefore = busy.MemoryMegabytes();
        var crowd = await PageCrowd.OpenAsync(busy.Url, pages);
        var during = await busy.RateAsync(seconds);
        var memoryDuring = busy.MemoryMegabytes();
        var frames = crowd.Frames;
        var shutdown = await busy.StopAsync();
        await crowd.WhenEnded.WithinAsync();

        var after = await RateOfANewHostAsync(seconds, arguments);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{load}: {pages} pages, {seconds} s each: {before:F0} values/s before, {during:F0} with them, {after:F0} after; {frames} frames; memory {memoryBefore} MB, {memoryDuring} MB; stop in {shutdown.TotalSeconds:F2} s."));
        Assert.True(frames >= pages, $"{frames} frames were sent to {pages} pages.");
        // A page costs a connection and a subscription.
        Assert.InRange(memoryDuring - memoryBefore, long.MinValue, 60 + (pages / 4));
        // The host would wait for 30 seconds for pages that it did not let go of.
        Assert.InRange(shutdown, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    /// <summary>Once more without pages, since machines change their speed within minutes.</summary>
    private static async Task<double> RateOfANewHostAsync(int seconds, string[] arguments)
    {
        await using var busy = await BusyHost.StartAsync(arguments);
        await busy.RateAsync(seconds: 2);
        return await busy.RateAsync(seconds);
    }
}
