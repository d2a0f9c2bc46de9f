using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

public abstract class ArgumentTests(WorkerProgram program) : ProgramTests(program)
{
    public sealed class Managed() : ArgumentTests(WorkerProgram.Managed);

    [Trait("Length", "long")]
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
            ["--input", "--database", "--duration", "--slow", "--rabbitmq", "--durable", "--role", "--urls", "--set", "Examples:", "Exit codes:"],
            part => Assert.Contains(part, text, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    // One of each place where something is found to be wrong; SettingsTests has the others.
    [Theory]
    [InlineData("--foo", "'--foo'")]
    [InlineData("--database missing/events.db", "--database 'missing/events.db' cannot be used as a journal")]
    [InlineData("--role producer", "--role producer needs --rabbitmq or --durable")]
    [InlineData("--durable a.db --rabbitmq amqp://localhost", "--durable and --rabbitmq exclude each other")]
    [InlineData("--set WorkerDemo:Databse=x", "Databse")]
    [InlineData("--urls nonsense", "nonsense")]
    [InlineData("--urls https://127.0.0.1:0", "HTTPS")]
    [InlineData("--urls http://127.0.0.1:IN_USE", "address already in use")]
    [InlineData("--set StreamxHealth:MaxItemAge=00:00:00", "StreamxHealth:MaxItemAge must be more than 0")]
    [InlineData("--set Streamx:events:Windwo=5", "'Streamx:events:Windwo' has no effect")]
    public async Task Argument_ThatIsWrong_IsRefusedInOneLine(string arguments, string message)
    {
        using var folder = new TempFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var worker = Start(folder, [], arguments.Replace("IN_USE", $"{((IPEndPoint)taken.LocalEndpoint).Port}", StringComparison.Ordinal).Split(' '));

        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(2);
        Assert.Contains(message, Assert.Single(result.Error), StringComparison.Ordinal);
        // No stack trace anywhere, and nothing that began.
        Assert.DoesNotContain(result.Output, line => line.StartsWith("   at ", StringComparison.Ordinal) || line.Contains("Watch the streams", StringComparison.Ordinal));
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
    [InlineData("Logging__Json", "true")]
    public async Task InAContainer_OrAskedFor_EveryLineIsOneJsonObjectWithOneLineOfText(string variable, string value)
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, new() { [variable] = value }, ["--input", folder.Lines(3), "--database", "events.db"]);

        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        Assert.NotEmpty(result.Output);
        Assert.All(result.Output, line =>
        {
            using var json = JsonDocument.Parse(line);
            Assert.DoesNotContain('\n', json.RootElement.GetProperty("RenderedMessage").GetString()!);
        });
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:0")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "0")]
    [InlineData("HTTP_PORTS", "0")]
    public async Task Address_InTheEnvironment_IsServed(string variable, string value)
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, new() { [variable] = value }, ["--input", "-", "--database", "events.db"]);

        var line = await worker.WaitForLineAsync(line => line.Contains("Watch the streams at ", StringComparison.Ordinal));

        (await worker.WaitForExitAsync()).AssertExitCode(0);
        Assert.Contains(variable.EndsWith("PORTS", StringComparison.Ordinal) ? "http://[::]:" : "http://127.0.0.1:", line, StringComparison.Ordinal);
    }
}
