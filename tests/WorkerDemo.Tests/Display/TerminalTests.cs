using System.Text.RegularExpressions;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Display;

public abstract class TerminalTests(WorkerProgram program) : ProgramTests(program)
{
    public sealed class Managed() : TerminalTests(WorkerProgram.Managed);

    [Trait("Length", "long")]
    public sealed class Native() : TerminalTests(WorkerProgram.Native);

    [Fact]
    public async Task Terminal_ShowsAPageThatFits_AlsoWhenItIsResized_ThenTheReportOnce()
    {
        using var folder = new TempFolder();
        using var terminal = StartTerminal(folder, columns: 80, rows: 24, "--slow Journal=50");

        var wide = await terminal.WaitForAsync(output => Pages(output).Exists(IsWaiting));
        await terminal.ResizeAsync(columns: 50, rows: 12);
        // As wide and as high as there is room for.
        var narrow = await terminal.WaitForAsync(output => Pages(output).Exists(page => page.Max(line => line.Length) == 49 && page.Count == 12));
        await terminal.ResizeAsync(columns: 100, rows: 30);
        await terminal.WaitForAsync(output => Pages(output[narrow..]).Exists(page => page.Max(line => line.Length) == 99));
        var exitCode = await terminal.InterruptAsync();

        Assert.True(exitCode == 0, terminal.Output);
        Assert.All(Pages(terminal.Output[..wide]), page => AssertFits(page, columns: 80, rows: 24));
        Assert.All(Pages(terminal.Output[narrow..]), page => AssertFits(page, columns: 100, rows: 30));
        var page = Pages(terminal.Output[..wide]).Last(IsWaiting);
        Assert.StartsWith("── Stream events: Open, ", page[0], StringComparison.Ordinal);
        Assert.Contains(page, line => Regex.IsMatch(line, @"^   ProcessWatcher Running     [█░]{10} +\d+ % +[\d.]+ s +[\d.]+ % +[\d.]+$"));
        Assert.Contains(page, line => Regex.IsMatch(line, @"^ > Journal        Processing  [█░]{10} +\d+ % +[\d.]+ s +[\d.]+ % +[\d.]+$"));
        Assert.Contains(page, line => Regex.IsMatch(line, "^[0-9:]{8} INF Watch the streams at http://"));
        var parts = terminal.Output.Split("\e[?25h\e[?1049l");
        Assert.Equal(2, parts.Length);
        Assert.Contains("\e[?1049h\e[?25l", parts[0], StringComparison.Ordinal);
        Assert.DoesNotContain("Stream events ended", parts[0], StringComparison.Ordinal);
        Assert.DoesNotContain("\e[H", parts[1], StringComparison.Ordinal);
        Assert.Single(parts[1].Split('\n'), line => line.Contains("Stream events ended: Drained", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Terminal_AConsumerWithEightSlots_ShowsHowManyAreBusy()
    {
        using var folder = new TempFolder();
        using var terminal = StartTerminal(folder, columns: 80, rows: 24, "--slow Alerts=50 --set Streamx:events:Consumers:Alerts:Concurrency=8");

        var output = await terminal.WaitForAsync(output => Pages(output).Exists(page => page.Exists(IsFull)));
        var exitCode = await terminal.InterruptAsync();

        Assert.True(exitCode == 0, terminal.Output);
        Assert.All(Pages(terminal.Output[..output]), page => AssertFits(page, columns: 80, rows: 24));

        static bool IsFull(string line) => Regex.IsMatch(line, @"^ [> ] Alerts         8 of 8 busy [█░]{10} ");
    }

    private static bool IsWaiting(List<string> page) => page.Exists(line => line.StartsWith(" > A put has waited for Journal for ", StringComparison.Ordinal));

    private static void AssertFits(List<string> page, int columns, int rows)
    {
        Assert.InRange(page.Count, 1, rows);
        // The last column stays free.
        Assert.All(page, line => Assert.InRange(line.Length, 0, columns - 1));
    }

    /// <summary>The pages that have been drawn to their end, as lines.</summary>
    private static List<List<string>> Pages(string output) =>
    [
        .. Regex.Matches(output, @"\e\[H(?<page>.*?)\e\[J", RegexOptions.Singleline).Select(page => Terminal.PlainLines(page.Groups["page"].Value).ToList()),
    ];
}
