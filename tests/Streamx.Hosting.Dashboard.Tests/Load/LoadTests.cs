using System.Globalization;
using Streamx.Hosting.Dashboard.Tests.Support;

namespace Streamx.Hosting.Dashboard.Tests.Load;

/// <summary>What many open pages cost a busy stream. <c>STREAMX_PAGES=1000</c> opens that many, four times for half a minute; otherwise some for some seconds.</summary>
/// <remarks>
/// Speed is printed and not judged here: it is a ratio of one run on one machine, on which the pages themselves run, too. Stretches
/// with and without pages take turns, since machines change their speed within minutes. The processor time of the worker is what its
/// pages cost it, whatever else runs on the machine.
/// </remarks>
[Trait("Length", "long")]
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
        var (pages, rounds, seconds) = asked > 0 ? (asked, 4, 30) : (50, 1, 3);
        await using var busy = await BusyHost.StartAsync(arguments);
        await busy.LookAsync(seconds: 2);
        List<Stretch> without = [await busy.LookAsync(seconds)];
        List<Stretch> with = [];
        var memoryBefore = busy.MemoryMegabytes();
        var memoryDuring = 0L;
        for (var round = 1; round < rounds; round++)
        {
            using var crowd = await PageCrowd.OpenAsync(busy.Url, pages);
            await LookAsync(crowd);
            await crowd.CloseAsync();
            without.Add(await busy.LookAsync(seconds));
        }

        using var last = await PageCrowd.OpenAsync(busy.Url, pages);
        await LookAsync(last);
        var stop = await busy.StopAsync();
        await last.WhenEnded.WithinAsync();
        await using var unwatched = await BusyHost.StartAsync(arguments);
        without.Add(await unwatched.LookAsync(seconds));
        var stopUnwatched = await unwatched.StopAsync();

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{load}: {pages} pages: values/s without them {Listed(without)}; with them {Listed(with)}: {Rate(with) / Rate(without):P1} of the median, {PerCore(with) / PerCore(without):P1} of the values a second of its processor time; cores in use {Cores(without):F3}, {Cores(with):F3}; memory {memoryBefore} MB, {memoryDuring} MB; stop in {stop.TotalSeconds:F2} s, without pages in {stopUnwatched.TotalSeconds:F2} s."));
        // A page costs a connection and a subscription.
        Assert.InRange(memoryDuring - memoryBefore, long.MinValue, 60 + (pages / 4));
        // The host would wait for 30 seconds for pages that it did not let go of.
        Assert.InRange(stop, TimeSpan.Zero, TimeSpan.FromSeconds(20));

        async Task LookAsync(PageCrowd crowd)
        {
            with.Add(await busy.LookAsync(seconds));
            memoryDuring = Math.Max(memoryDuring, busy.MemoryMegabytes());
            Assert.True(crowd.Frames >= pages, $"{crowd.Frames} frames were sent to {pages} pages.");
        }
    }

    private static string Listed(List<Stretch> stretches) => string.Join(' ', stretches.Select(stretch => stretch.PerSecond.ToString("F0", CultureInfo.InvariantCulture)));

    private static double Rate(List<Stretch> stretches) => Median([.. stretches.Select(stretch => stretch.PerSecond)]);

    /// <summary>What other processes on the machine take from it changes this least.</summary>
    private static double PerCore(List<Stretch> stretches) => Median([.. stretches.Select(stretch => stretch.PerSecond / stretch.Cores)]);

    private static double Cores(List<Stretch> stretches) => Median([.. stretches.Select(stretch => stretch.Cores)]);

    private static double Median(List<double> rates)
    {
        List<double> sorted = [.. rates.Order()];
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
