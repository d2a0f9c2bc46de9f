using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Settings;

public class SettingsTests
{
    [Fact]
    public void Parse_EveryOption_BecomesASetting()
    {
        using var folder = new TempFolder();
        var input = folder.Lines(1);

        var options = Read(
            "--input", input, "--database", folder.File("x.db"), "--duration", "1.5", "--slow", "journal=20", "--slow", "Alerts=0",
            "--urls", "http://127.0.0.1:0", "--rabbitmq", "amqp://localhost", "--role", "ALL", "--set", "WorkerDemo:JournalRows=2");

        Assert.Equal((input, folder.File("x.db"), 1.5, 2), (options.Input, options.Database, options.Duration, options.JournalRows));
        Assert.Equal((20, 0), (options.Slow["Journal"], options.Slow["Alerts"]));
        Assert.Equal(("amqp://localhost", true, true), (options.RabbitMq, options.Produces, options.Consumes("Summary")));
    }

    [Theory]
    [InlineData("all", true, "Journal Alerts Summary")]
    [InlineData("producer", true, "")]
    [InlineData("consumer:alerts", false, "Alerts")]
    public void Role_OfAProcess_SaysWhatItRuns(string role, bool produces, string consumers)
    {
        var options = Read("--rabbitmq", "amqp://localhost", "--role", role);

        Assert.Equal((produces, consumers), (options.Produces, string.Join(' ', DemoOptions.Consumers.Where(options.Consumes))));
    }

    [Theory]
    [InlineData("--foo", "There is no option '--foo'.")]
    [InlineData("extra", "There is no option 'extra'.")]
    [InlineData("--input", "--input needs a value.")]
    [InlineData("--slow Journal", "--slow Journal: expected <name>=<value>.")]
    [InlineData("--set =1", "--set =1: expected <name>=<value>.")]
    [InlineData("--slow Journal=fast", "Failed to convert configuration value 'fast' at 'WorkerDemo:Slow:Journal' to type 'System.Int32'.")]
    [InlineData("--slow Journal=-1", "--slow Journal=-1: milliseconds cannot be negative.")]
    [InlineData("--slow Jurnal=5", "--slow Jurnal: no consumer of this process has that name. There are Journal, Alerts, Summary.")]
    [InlineData("--duration soon", "Failed to convert configuration value 'soon' at 'WorkerDemo:Duration' to type 'System.Double'.")]
    [InlineData("--duration -1", "Duration: The field DemoOptions.Duration must be between 0.001 and 2000000.")]
    [InlineData("--database ", "Database: The DemoOptions.Database field is required.")]
    [InlineData("--input no/such/file", "--input 'no/such/file' is not a file.")]
    [InlineData("--input .", "--input '.' is not a file.")]
    [InlineData("--role producer", "--role producer needs --rabbitmq or --durable: the other workers would run nowhere.")]
    [InlineData("--set WorkerDemo:AlertCpuPercnt=1", "AlertCpuPercnt")]
    [InlineData("--set Logging:LogLevel:Default=Loud", "Failed to convert configuration value 'Loud' at 'Logging:LogLevel:Default'")]
    public void Setting_ThatIsWrong_SaysWhatIsWrong(string arguments, string message)
    {
        var error = Assert.ThrowsAny<Exception>(() => Read(arguments.Split(' ')));

        Assert.True(SettingsSetup.IsWrongSetting(error), $"{error}");
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>As the program does it.</summary>
    private static DemoOptions Read(params string[] arguments)
    {
        using var folder = new TempFolder();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new("WorkerDemo:Database", folder.File("events.db"))]);
        builder.Configuration.AddInMemoryCollection(CommandLine.Parse(arguments));
        var options = builder.AddSettings();
        builder.AddTelemetry();
        using var app = builder.Build();
        app.CheckSettings();
        Assert.Equal(options.Database, ((IOptions<DemoOptions>)app.Services.GetService(typeof(IOptions<DemoOptions>))!).Value.Database);
        return options;
    }
}
