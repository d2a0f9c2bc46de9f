using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;
using Serilog.Parsing;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Telemetry;

/// <summary>What a line of the log looks like with the formats of <c>appsettings.json</c>.</summary>
public class LogFormatTests
{
    private static readonly ActivityTraceId s_trace = ActivityTraceId.CreateFromString("0af7651916cd43dd8448eb211c80319c");

    private static readonly ActivitySpanId s_span = ActivitySpanId.CreateFromString("b7ad6b7169203331");

    [Fact]
    public void Terminal_InAnActivity_EndsInTraceAndSpan()
    {
        var formatter = new MessageTemplateTextFormatter(Options().OutputTemplate);

        Assert.Equal("12:30:45 WRN a line 0af7651916cd43dd8448eb211c80319c b7ad6b7169203331\n", Format(formatter, s_trace, s_span));
        Assert.Equal("12:30:45 WRN a line", Format(formatter, null, null).TrimEnd());
    }

    [Fact]
    public void Container_InAnActivity_HasTraceAndSpan()
    {
        var formatter = new JsonFormatter(renderMessage: true);

        using var inActivity = JsonDocument.Parse(Format(formatter, s_trace, s_span));
        using var outside = JsonDocument.Parse(Format(formatter, null, null));

        Assert.Equal("0af7651916cd43dd8448eb211c80319c", inActivity.RootElement.GetProperty("TraceId").GetString());
        Assert.Equal("b7ad6b7169203331", inActivity.RootElement.GetProperty("SpanId").GetString());
        Assert.Equal("a line", inActivity.RootElement.GetProperty("RenderedMessage").GetString());
        Assert.False(outside.RootElement.TryGetProperty("TraceId", out _));
    }

    [Theory]
    [InlineData("MinimumLevel:Default", "Loud", "Failed to convert configuration value 'Loud' at 'Serilog:MinimumLevel:Default' to type 'Serilog.Events.LogEventLevel'.")]
    [InlineData("Format", "Xml", "Failed to convert configuration value 'Xml' at 'Serilog:Format' to type 'WorkerDemo.LogFormat'.")]
    [InlineData("MinimumLevel:Defualt", "Debug", "Serilog:MinimumLevel:Defualt sets nothing: there is no such setting.")]
    [InlineData("WriteTo:0:Name", "File", "Serilog:WriteTo sets nothing: there is no such setting.")]
    public void Read_SettingThatIsWrong_SaysWhatIsWrong(string key, string value, string message)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"Serilog:{key}", value)]).Build();

        var error = Assert.Throws<SettingException>(() => Logging.Read(configuration));

        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("Json", true)]
    [InlineData("Text", false)]
    public void Format_IsSet_CountsWhereverItRuns(string format, bool isJson)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Serilog:Format", format)]).Build();

        Assert.Equal(isJson, Logging.Read(configuration).IsJson);
    }

    [Fact]
    public void Logger_OfTheSettings_HasTheirLevels()
    {
        using var logger = Logging.CreateLogger(Options());

        Assert.False(logger.IsEnabled(LogEventLevel.Debug));
        Assert.True(logger.IsEnabled(LogEventLevel.Information));
        Assert.False(logger.ForContext("SourceContext", "Microsoft.Hosting").IsEnabled(LogEventLevel.Information));
        Assert.False(logger.ForContext("SourceContext", "Microsoft.Extensions.Diagnostics.HealthChecks").IsEnabled(LogEventLevel.Error));
    }

    private static LogOptions Options() => Logging.Read(new ConfigurationBuilder().AddJsonFile(Path.Combine(Repository.Sample, "appsettings.json")).Build());

    private static string Format(ITextFormatter formatter, ActivityTraceId? trace, ActivitySpanId? span)
    {
        var time = new DateTimeOffset(2026, 1, 2, 12, 30, 45, TimeSpan.Zero);
        var message = new MessageTemplateParser().Parse("a line");
        var entry = trace is { } inTrace && span is { } inSpan
            ? new LogEvent(time, LogEventLevel.Warning, exception: null, message, [], inTrace, inSpan)
            : new LogEvent(time, LogEventLevel.Warning, exception: null, message, []);
        using var text = new StringWriter();
        formatter.Format(entry, text);
        return text.ToString().ReplaceLineEndings("\n");
    }
}
