using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Resources;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;
using Streamx.Hosting;
using Streamx.Hosting.RabbitMQ;

namespace WorkerDemo;

/// <summary>Logs through Serilog; logs, metrics and traces over OTLP where a collector is named.</summary>
internal static class TelemetrySetup
{
    /// <summary>A log line as text.</summary>
    private const string LineTemplate = "{Timestamp:HH:mm:ss} {Level:u3} {Message:l}{Trace:l}{NewLine}{Exception}";

    /// <summary>Adds all of it. Add it before the streams: hosted services start in order, and instruments should find their listener.</summary>
    internal static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var logging = builder.Configuration.GetSection("Logging");
        var levels = logging.GetSection("LogLevel").Get<Dictionary<string, LogLevel>>() ?? [];
        // A container's output is collected rather than read.
        var isJson = logging.GetValue("Json", builder.Configuration.GetValue<bool>("RUNNING_IN_CONTAINER"));
        builder.Logging.ClearProviders();
        // A terminal shows a page instead of the lines that a file or a container gets.
        var screen = isJson || Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") == "dumb" ? null
            : new LiveScreen(Console.Out, new MessageTemplateTextFormatter(LineTemplate, CultureInfo.InvariantCulture));
        if (screen is null) builder.Services.AddHostedService<WaitLog>();
        else builder.Services.AddSingleton(_ => screen).AddHostedService<LiveView>();
        builder.Services.AddSerilog(logger => Configure(logger, levels, isJson, screen), preserveStaticLogger: true, writeToProviders: true);

        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return;
        builder.Services.AddOpenTelemetry()
            // What the environment says (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) wins over what stands before it.
            .ConfigureResource(resource => resource
                .AddService(builder.Environment.ApplicationName, serviceVersion: typeof(TelemetrySetup).Assembly.GetName().Version?.ToString(3))
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddStreamxInstrumentation().AddMeter(StreamxRabbitMqTelemetry.MeterName, "System.Runtime"))
            .WithTracing(traces => traces.AddStreamxInstrumentation())
            .WithLogging(configureBuilder: null, logs => logs.IncludeFormattedMessage = true)
            .UseOtlpExporter();
    }

    private static void Configure(LoggerConfiguration logger, Dictionary<string, LogLevel> levels, bool isJson, LiveScreen? screen)
    {
        foreach (var (category, level) in levels)
        {
            if (category == "Default") logger.MinimumLevel.Is(LevelConvert.ToSerilogLevel(level));
            else logger.MinimumLevel.Override(category, LevelConvert.ToSerilogLevel(level));
        }

        // The program says itself why it does not start, in one line.
        logger.Filter.ByExcluding(line => line.MessageTemplate.Text == "Hosting failed to start");
        if (isJson) logger.WriteTo.Console(new JsonFormatter(renderMessage: true));
        else if (screen is not null) logger.Enrich.With<TraceText>().WriteTo.Sink(screen);
        else logger.Enrich.With<TraceText>().WriteTo.Console(outputTemplate: LineTemplate, formatProvider: CultureInfo.InvariantCulture);
    }

    /// <summary>Has a line of text end in its trace and span, where it has them.</summary>
    private sealed class TraceText : ILogEventEnricher
    {
        /// <inheritdoc/>
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
        {
            if (logEvent.TraceId is { } trace) logEvent.AddPropertyIfAbsent(new LogEventProperty("Trace", new ScalarValue($" {trace} {logEvent.SpanId}")));
        }
    }
}
