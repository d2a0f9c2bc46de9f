using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

public abstract class ArgumentTests(WorkerProgram program) : ProgramTests(program)
{
    public sealed class Managed() : ArgumentTests(WorkerProgram.Managed);

    public sealed class Native() : ArgumentTests(WorkerProgram.Native);

    [Fact]
    public async Task Help_ExplainsEveryOption_ExitsWithZero()
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, [], ["--help"]);

        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        var text = string.Join('\n', result.Output);
        Assert.All(
            ["--input", "--follow", "--database", "--duration", "--slow", "--stall", "--stuck", "--fail", "--rabbitmq", "--role", "--urls", "--set", "Examples:", "Exit codes:"],
            part => Assert.Contains(part, text, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Theory]
    [InlineData("--foo", "'--foo'")]
    [InlineData("--database missing/events.db", "--database 'missing/events.db' cannot be used as a journal")]
    [InlineData("--urls nonsense", "--urls 'nonsense' is not a URL")]
    [InlineData("--role producer", "--role producer needs --rabbitmq")]
    [InlineData("--rabbitmq amqp://localhost --role consumer:Nobody", "--role consumer:Nobody: expected all, producer, or consumer:<name> with one of Journal, Alerts, Summary.")]
    [InlineData("--rabbitmq http://localhost", "--rabbitmq 'http://localhost' is not an amqp:// or amqps:// address.")]
    [InlineData("--rabbitmq amqp://localhost --role producer --slow Journal=1", "--slow Journal: no consumer of this run has that name. There is none.")]
    [InlineData("--set StreamxHealth:MaxItemAge=0 --urls http://127.0.0.1:0", "StreamxHealth:MaxItemAge must be more than 0")]
    [InlineData("--set Streamx:events:Window=0", "Streamx:events:Window must be between 1 and 1048576, but is 0.")]
    [InlineData("--set Streamx:events:Windwo=5", "'Streamx:events:Windwo' sets nothing")]
    public async Task Argument_ThatIsWrong_IsRefusedInOneLine(string arguments, string message)
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, [], arguments.Split(' '));

        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(2);
        Assert.Contains(message, Assert.Single(result.Error), StringComparison.Ordinal);
        Assert.DoesNotContain(result.Output, line => line.StartsWith("Stream events:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Environment_SetsWhatTheCommandLineLeavesOut()
    {
        using var folder = new TempFolder();
        var environment = new Dictionary<string, string>
        {
            ["WorkerDemo__Input"] = folder.Lines(50),
            ["WorkerDemo__Database"] = "not-this.db",
            ["WorkerDemo__Slow__Journal"] = "1",
            ["Streamx__events__Window"] = "7",
        };
        using var worker = Start(folder, environment, ["--database", "events.db"]);

        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        Assert.Contains(result.Output, line => line.Contains("starts with window 7;", StringComparison.Ordinal));
        Assert.Equal(50, folder.Messages().Count);
        Assert.InRange(result.Consumer("Journal").WaitedFor, 0.001, double.MaxValue);
        Assert.False(File.Exists(folder.File("not-this.db")));
    }

    [Theory]
    [InlineData("DOTNET_RUNNING_IN_CONTAINER", "true")]
    [InlineData("Serilog__Format", "Json")]
    public async Task InAContainer_OrAskedFor_StandardOutputIsJsonOnly(string variable, string value)
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, new() { [variable] = value }, ["--input", folder.Lines(3), "--database", "events.db"]);

        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        Assert.NotEmpty(result.Output);
        Assert.All(result.Output, line => System.Text.Json.JsonDocument.Parse(line).Dispose());
    }
}
