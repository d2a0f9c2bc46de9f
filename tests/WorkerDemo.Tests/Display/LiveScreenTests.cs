using Serilog;
using Serilog.Core;
using Spectre.Console;

namespace WorkerDemo.Tests.Display;

public sealed class LiveScreenTests : IDisposable
{
    private readonly StringWriter _terminal = new();
    private readonly LiveScreen _screen;
    private readonly Logger _logger;

    public LiveScreenTests()
    {
        _screen = new LiveScreen(AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.Standard, Out = new AnsiConsoleOutput(_terminal),
        }));
        _logger = new LoggerConfiguration().WriteTo.Sink(_screen).CreateLogger();
    }

    public void Dispose()
    {
        _logger.Dispose();
        _terminal.Dispose();
    }

    [Fact]
    public void Line_BeforeThePage_IsPrintedWhole_ItsLevelAsTextAndAsColour()
    {
        var words = string.Join(' ', Enumerable.Repeat("word", 100));

        _logger.Information(words);
        _logger.Warning("careful");
        _logger.Error(new InvalidOperationException("broken"), "failed");

        var lines = $"{_terminal}".Split('\n');
        Assert.Matches($"^[0-9:]{{8}} INF {words}$", lines[0]);
        Assert.Matches(@"^\e\[33m[0-9:]{8} WRN careful\e\[0m$", lines[1]);
        Assert.Matches(@"^\e\[31m[0-9:]{8} ERR failed\e\[0m$", lines[2]);
        Assert.Equal("\e[31mSystem.InvalidOperationException: broken\e[0m", lines[3]);
    }

    [Fact]
    public void Page_ShowsWhatWasLoggedBeforeIt()
    {
        _logger.Information("before");
        _screen.Begin();

        _screen.Draw([], 30, 10);

        Assert.EndsWith(" INF before", Terminal.PlainLines($"{_terminal}".Split("\e[H")[^1])[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Page_FillsTheTerminal_AndNoMore()
    {
        const int Width = 30, Height = 10;
        _screen.Begin();
        for (var i = 1; i <= 20; i++) _logger.Information("line {Number} {Long}", i, new string('x', 100));
        foreach (var kind in (HostEventKind[])[HostEventKind.Started, HostEventKind.Sampled, HostEventKind.Exited])
            _screen.Show(new HostEvent(1, DateTimeOffset.UnixEpoch, kind, "bash", $"{kind}", 7));

        _screen.Draw([new Text("the page")], Width, Height);

        var page = $"{_terminal}".Split("\e[H")[^1];
        Assert.EndsWith("\e[K\e[J", page, StringComparison.Ordinal);
        var lines = Terminal.PlainLines(page);
        Assert.Equal(Height, lines.Length);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, Width));
        Assert.Equal("the page", lines[0]);
        Assert.StartsWith("── Events ─", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(" bash (7): Started", lines[2], StringComparison.Ordinal);
        Assert.EndsWith(" bash (7): Exited", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("── Log ─", lines[4], StringComparison.Ordinal);
        Assert.Contains("INF line 16", lines[5], StringComparison.Ordinal);
        Assert.Contains("INF line 20", lines[9], StringComparison.Ordinal);
    }

    [Fact]
    public void ControlCharacters_DoNotReachTheTerminal()
    {
        _logger.Information("a\e[2Jb\tc");

        Assert.EndsWith(" INF a [2Jb c\n", $"{_terminal}", StringComparison.Ordinal);
    }

    [Fact]
    public void End_RestoresTheScreen_AndPrintsWhatWasLogged_Once()
    {
        _logger.Information("before");
        _screen.Begin();
        _logger.Information("during");

        _screen.End();
        _screen.End();
        _logger.Information("after");
        _screen.Draw([new Text("the page")], 30, 10);

        Assert.Matches(@"^[0-9:]{8} INF before\n\e\[\?1049h\e\[\?25l\e\[\?25h\e\[\?1049l[0-9:]{8} INF during\n[0-9:]{8} INF after\n$", $"{_terminal}");
    }
}
