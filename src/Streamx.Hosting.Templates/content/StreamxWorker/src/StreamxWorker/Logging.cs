using System.Globalization;
using Serilog;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Json;

namespace StreamxWorker;

/// <summary>Logs through Serilog: text on a terminal, JSON in a container. Levels are in the section <c>Logging:LogLevel</c>.</summary>
public static class Logging
{
    /// <summary>Adds it. The lines also go to other logging providers: see <see cref="Telemetry"/>.</summary>
    public static void AddLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Services.AddSerilog(logger => Configure(logger, builder.Configuration), preserveStaticLogger: true, writeToProviders: true);
    }

    private static void Configure(LoggerConfiguration logger, IConfiguration configuration)
    {
        foreach (var (category, level) in configuration.GetSection("Logging:LogLevel").Get<Dictionary<string, LogLevel>>() ?? [])
        {
            if (category == "Default") logger.MinimumLevel.Is(LevelConvert.ToSerilogLevel(level));
            else logger.MinimumLevel.Override(category, LevelConvert.ToSerilogLevel(level));
        }

        // Microsoft's images set DOTNET_RUNNING_IN_CONTAINER.
        if (configuration.GetValue("Logging:Json", configuration.GetValue<bool>("RUNNING_IN_CONTAINER")))
            logger.WriteTo.Console(new JsonFormatter(renderMessage: true));
        else
            logger.WriteTo.Console(
                outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}",
                formatProvider: CultureInfo.InvariantCulture);
    }
}
