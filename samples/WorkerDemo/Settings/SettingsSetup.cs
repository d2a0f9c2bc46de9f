using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace WorkerDemo;

/// <summary>The settings, and what the workers share.</summary>
internal static class SettingsSetup
{
    /// <summary>Adds both.</summary>
    /// <returns>The settings, which decide what is registered. They are checked later, by <see cref="CheckSettings"/>.</returns>
    internal static DemoOptions AddSettings(this WebApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection(DemoOptions.Section);
        builder.Services.AddOptions<DemoOptions>().Bind(section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<DemoOptions>, DemoOptionsValidator>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SlowDown>();
        var options = section.Get<DemoOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new DemoOptions();
        if (options.Consumes(nameof(Journal))) builder.Services.AddSingleton<JournalDatabase>();
        return options;
    }

    /// <summary>Finds what is wrong before the host starts, which would log it with a stack trace.</summary>
    /// <exception cref="OptionsValidationException">A setting is wrong, or the journal cannot be opened.</exception>
    internal static void CheckSettings(this WebApplication app)
    {
        app.Services.GetService<IStartupValidator>()?.Validate();
        app.Services.GetService<JournalDatabase>();
    }

    /// <summary>Whether the user's settings cause an error of the start: one is refused, or nothing can listen on an address.</summary>
    internal static bool IsWrongSetting(Exception error) =>
        error is OptionsValidationException or InvalidOperationException or IOException or FormatException;

    /// <summary>The error of a setting that is wrong.</summary>
    internal static OptionsValidationException Wrong(string message) => new(DemoOptions.Section, typeof(DemoOptions), [message]);
}
