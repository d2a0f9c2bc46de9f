using Microsoft.Extensions.Configuration;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Settings;

public class SettingsTests
{
    private static DemoOptions Read(params string[] arguments) =>
        WorkerDemo.Settings.Read(new ConfigurationBuilder().AddInMemoryCollection(CommandLine.Parse(arguments).Settings).Build());

    [Fact]
    public void Parse_EveryOption_BecomesASetting()
    {
        using var folder = new TempFolder();
        var input = folder.Lines(1);

        var options = Read(
            "-i", input, "-f", "-d", "x.db", "--duration", "1.5", "--slow", "journal=20", "--slow", "Alerts=0", "--stuck", "Summary", "--stall", "journal=0.5",
            "--urls", "http://127.0.0.1:0", "--fail", "LineReader=3", "--set", "WorkerDemo:Summary:Rows=2");

        Assert.Equal((input, true, "x.db", 1.5), (options.Input, options.Follow, options.Database, options.Duration));
        Assert.Equal((20, 0), (options.Slow["Journal"], options.Slow["Alerts"]));
        Assert.True(options.Stuck["Summary"]);
        Assert.Equal(0.5, options.Stall["Journal"]);
        Assert.Equal(3, options.Fail["LineReader"]);
        Assert.Equal(2, options.Summary.Rows);
    }

    [Fact]
    public void Parse_NoArguments_LeavesTheDefaults()
    {
        var options = Read();

        Assert.Equal((null, false, "workerdemo.db", null), (options.Input, options.Follow, options.Database, options.Duration));
        Assert.Empty(options.Slow);
    }

    [Fact]
    public void Read_OptionThatIsNotGiven_DoesNotWinOverOtherSources()
    {
        var options = Read("--set", "WorkerDemo:Follow=true", "--set", "WorkerDemo:Input=not-yet.log", "--set", "WorkerDemo:Duration=2");

        Assert.Equal((true, "not-yet.log", 2), (options.Follow, options.Input, options.Duration));
    }

    [Theory]
    [InlineData("--foo", "Unrecognized command or argument '--foo'.")]
    [InlineData("extra", "Unrecognized command or argument 'extra'.")]
    [InlineData("--input", "Required argument missing for option: '--input'.")]
    [InlineData("--slow Journal", "--slow Journal: expected consumer=ms.")]
    [InlineData("--slow Journal=fast", "--slow Journal=fast: milliseconds are a whole number, 0 or more.")]
    [InlineData("--slow Journal=-1", "--slow Journal=-1: milliseconds are a whole number, 0 or more.")]
    [InlineData("--fail Journal=1.5", "--fail Journal=1.5: the value to fail on is a whole number, 1 or more, and a rate is between 0 and 1.")]
    [InlineData("--fail Journal=0", "--fail Journal=0: the value to fail on is a whole number, 1 or more, and a rate is between 0 and 1.")]
    [InlineData("--fail Journal=-0.1", "--fail Journal=-0.1: the value to fail on is a whole number, 1 or more, and a rate is between 0 and 1.")]
    [InlineData("--stall Journal=0", "--stall Journal=0: seconds are a number above 0.")]
    [InlineData("--stall Journal=NaN", "--stall Journal=NaN: seconds are a number above 0.")]
    [InlineData("--fail =1", "--fail =1: expected worker=n|rate.")]
    [InlineData("--set nothing", "--set nothing: expected key=value.")]
    [InlineData("--duration soon", "Cannot parse argument 'soon' for option '--duration' as expected type 'System.Double'.")]
    public void Parse_ArgumentThatIsWrong_SaysWhatIsWrong(string arguments, string message)
    {
        var error = Assert.Throws<SettingException>(() => CommandLine.Parse(arguments.Split(' ')));

        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("--slow Jurnal=5", "--slow Jurnal: no consumer of this run has that name. There are Journal, Alerts, Summary.")]
    [InlineData("--slow LineReader=5", "--slow LineReader: no consumer of this run has that name. There are Journal, Alerts, Summary.")]
    [InlineData("--stuck X", "--stuck X: no consumer of this run has that name. There are Journal, Alerts, Summary.")]
    [InlineData("--fail LineReader=1", "--fail LineReader: no worker of this run has that name. There are ProcessWatcher, Journal, Alerts, Summary.")]
    [InlineData("--duration -1", "--duration must be more than 0 and at most 2147484 seconds, but is -1.")]
    [InlineData("--duration NaN", "--duration must be more than 0 and at most 2147484 seconds, but is NaN.")]
    [InlineData("--follow", "--follow needs --input <file>.")]
    [InlineData("--follow --input -", "--follow cannot follow standard input, which is read to its end anyway.")]
    [InlineData("--input no/such/file", "--input 'no/such/file' does not exist.")]
    [InlineData("--input .", "--input '.' is a directory.")]
    [InlineData("--set WorkerDemo:Slow:Journal=-2", "--slow Journal=-2: milliseconds cannot be negative.")]
    [InlineData("--stall LineReader=5", "--stall LineReader: no consumer of this run has that name. There are Journal, Alerts, Summary.")]
    [InlineData("--set WorkerDemo:Stall:Journal=0", "--stall Journal=0: seconds must be more than 0 and at most 2147484.")]
    [InlineData("--set WorkerDemo:Fail:Journal=0", "--fail Journal=0: values are counted from 1, and a rate is between 0 and 1.")]
    [InlineData("--set WorkerDemo:Alerts:CpuPercnt=1", "WorkerDemo:Alerts:CpuPercnt sets nothing: there is no such setting.")]
    [InlineData("--slow Journal:x=1", "WorkerDemo:Slow:Journal:x sets nothing: there is no such setting.")]
    [InlineData("--set WorkerDemo:Alerts:Restarts=1", "WorkerDemo:Alerts:Restarts must be at least 2, but is 1.")]
    [InlineData("--set WorkerDemo:Summary:Interval=0", "WorkerDemo:Summary:Interval must be between 1 ms and 24.20:31:23.6470000, but is 00:00:00.")]
    [InlineData("--set WorkerDemo:Follow=maybe", "Failed to convert configuration value 'maybe' at 'WorkerDemo:Follow' to type 'System.Boolean'.")]
    [InlineData("--set WorkerDemo:Alerts:LinePattern=(", "WorkerDemo:Alerts:LinePattern is not a regular expression: Invalid pattern '(' at offset 1. Not enough )'s.")]
    public void Read_SettingThatIsWrong_SaysWhatIsWrong(string arguments, string message)
    {
        var error = Assert.Throws<SettingException>(() => Read(arguments.Split(' ')));

        Assert.Equal(message, error.Message);
    }
}
