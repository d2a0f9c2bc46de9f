using WorkerDemo.Tests.Kubernetes;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Display;

public class TerminalTests
{
    [Fact]
    public async Task Terminal_ShowsAPageInPlace_ThenTheReportOnce()
    {
        using var folder = new TempFolder();
        var program = string.Join(' ', WorkerProgram.Managed.Command.Select(part => $"'{part}'"));
        var command = $"stty cols 80 rows 24; export TERM=xterm; exec {program} --slow Journal=50 --database events.db";
        // Ctrl+C, typed as soon as the page names the consumer that is waited for.
        const string Script = "(until grep -qs 'waited for Journal' out; do sleep 0.1; done; printf '\\003') | script -qefc \"$0\" out > /dev/null";

        var (exitCode, _, error) = await Tool.RunAsync("bash", ["-c", Script, command], folder.Root);

        var output = await File.ReadAllTextAsync(folder.File("out"), TestContext.Current.CancellationToken);
        Assert.True(exitCode == 0, output + error);
        var parts = output.Split("\e[?25h\e[?1049l");
        Assert.Equal(2, parts.Length);
        Assert.Contains("\e[?1049h\e[?25l", parts[0], StringComparison.Ordinal);
        Assert.Contains("\e[HStream events: Open", parts[0], StringComparison.Ordinal);
        Assert.Single(parts[1].Split('\n'), line => line.Contains("Stream events ended: Drained", StringComparison.Ordinal));
        Assert.DoesNotContain("\e[H", parts[1], StringComparison.Ordinal);
        Assert.DoesNotContain("Stream events ended", parts[0], StringComparison.Ordinal);
    }
}
