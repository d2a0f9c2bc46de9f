using System.Globalization;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Formatting.Json;

namespace WorkerDemo;

/// <summary>Builds the logger: where lines go stands here, which of them and how they look in the configuration.</summary>
/// <remarks>
/// Reading sinks from the configuration too, as Serilog.Settings.Configuration does from <c>Serilog:WriteTo</c>, would look them up by
/// name, which a trimmed program cannot do. Another sink is another <c>WriteTo</c> in <see cref="CreateLogger"/>.
/// </remarks>
internal static class Logging
{
    /// <summary>Reads the section.</summary>
    /// <exception cref="SettingException">A setting is wrong.</exception>
    internal static LogOptions Read(IConfiguration configuration)
    {
        var options = new LogOptions();
        var section = configuration.GetSection(LogOptions.Section);
        SettingKeys.Check(section);
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException error)
        {
            throw new SettingException(error.Message, error);
        }

        return options;
    }

    /// <summary>Creates the logger.</summary>
    /// <exception cref="SettingException">A setting is wrong.</exception>
    internal static Serilog.Core.Logger CreateLogger(LogOptions options)
    {
        var logger = new LoggerConfiguration().MinimumLevel.Is(options.MinimumLevel.Default);
        foreach (var (category, level) in options.MinimumLevel.Override) logger.MinimumLevel.Override(category, level);
        if (options.IsJson) return logger.WriteTo.Console(new JsonFormatter(renderMessage: true)).CreateLogger();
        try
        {
            return logger.WriteTo.Console(outputTemplate: options.OutputTemplate, formatProvider: CultureInfo.InvariantCulture).CreateLogger();
        }
        catch (ArgumentException error)
        {
            throw new SettingException($"{LogOptions.Section}:{nameof(options.OutputTemplate)}: {error.Message}", error);
        }
    }
}
