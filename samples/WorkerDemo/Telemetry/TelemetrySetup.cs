using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Resources;
using Serilog;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Json;
using Spectre.Console;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Logs through Serilog; logs, metrics and traces over OTLP where a collector is named.</summary>
internal static class TelemetrySetup
{
    /// <summary>Adds all of it. Call it before streams are added: hosted services start in order, and listeners go first.</summary>
    internal static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var logging = builder.Configuration.GetSection("Logging");
        var levels = logging.GetSection("LogLevel").Get<Dictionary<string, LogLevel>>() ?? [];
        // A container's output is collected rather than read.
        var isJson = logging.GetValue("Json", builder.Configuration.GetValue<bool>("RUNNING_IN_CONTAINER"));
        builder.Logging.ClearProviders();
        var screen = new LiveScreen(AnsiConsole.Create(new AnsiConsoleSettings { Enrichment = { UseDefaultEnrichers = false } }));
        builder.Services.AddSingleton(screen);
        if (isJson || !screen.CanShowPage) builder.Services.AddHostedService<WaitLog>();
        else builder.Services.AddHostedService<LiveView>();
        builder.Services.AddSerilog(log => Configure(log, levels, isJson, screen), preserveStaticLogger: true, writeToProviders: true);

        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return;
        builder.Services.AddOpenTelemetry()
            // What the environment says (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) wins over what stands before it.
            .ConfigureResource(resource => resource
                .AddService(builder.Environment.ApplicationName, serviceVersion: typeof(Log).Assembly.GetName().Version?.ToString(3))
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddStreamxInstrumentation().AddMeter("System.Runtime"))
            .WithTracing(traces => traces.AddStreamxInstrumentation())
            .WithLogging(configureBuilder: null, logs => logs.IncludeFormattedMessage = true)
            .UseOtlpExporter();
    }

    private static void Configure(LoggerConfiguration logger, Dictionary<string, LogLevel> levels, bool isJson, LiveScreen screen)
    {
        foreach (var (category, level) in levels)
        {
            if (category == "Default") logger.MinimumLevel.Is(LevelConvert.ToSerilogLevel(level));
            else logger.MinimumLevel.Override(category, LevelConvert.ToSerilogLevel(level));
        }

        // The program says itself why it does not start, in one line.
        logger.Filter.ByExcluding(line => line.MessageTemplate.Text == "Hosting failed to start");
        if (isJson) logger.WriteTo.Console(new JsonFormatter(renderMessage: true));
        else logger.WriteTo.Sink(screen);
    }
}
