using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Brings settings and what depends on them into the host, and turns what is wrong with them into one sentence.</summary>
internal static class Settings
{
    /// <summary>Adds the settings, and the services that every worker of the sample shares.</summary>
    /// <exception cref="SettingException">A setting is wrong.</exception>
    internal static void AddSettings(this IHostApplicationBuilder builder, CommandLine commandLine, out DemoOptions options)
    {
        builder.Configuration.AddInMemoryCollection(commandLine.Settings);
        options = Read(builder.Configuration);
        var journal = RunRole.Of(options).Runs(nameof(Journal)) ? JournalDatabase.Open(options.Database) : null;
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        // By a factory, so that the container closes it.
        if (journal is not null) builder.Services.AddSingleton(_ => journal);
        builder.Services.AddSingleton<Rehearsal>();
        builder.Services.AddSingleton<Display>();
        builder.Services.AddSingleton<DeadLetterFile>();
        if (options.Duration is not null) builder.Services.AddHostedService<RunDuration>();
    }

    /// <summary>Starts the host.</summary>
    /// <exception cref="SettingException">The host refused its configuration: bad options, a topology that cannot work, or an address it cannot listen on.</exception>
    internal static async Task StartCheckedAsync(this IHost host)
    {
        try
        {
            // The host would do this too, but log a stack trace first.
            host.Services.GetService<IStartupValidator>()?.Validate();
            await host.StartAsync();
        }
        catch (Exception error) when (error is OptionsValidationException or StreamxConfigurationException)
        {
            throw new SettingException(error.Message, error);
        }
        catch (Exception error) when (WorkerHost.IsCannotListen(host, error))
        {
            throw new SettingException(ListenAddresses.CannotListen(error), error);
        }
    }

    /// <summary>Reads and checks the section.</summary>
    /// <exception cref="SettingException">A setting is wrong.</exception>
    internal static DemoOptions Read(IConfiguration configuration)
    {
        var options = new DemoOptions();
        var section = configuration.GetSection(DemoOptions.Section);
        SettingKeys.Check(section);
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException error)
        {
            throw new SettingException(error.Message, error);
        }

        if (options.Input is "") options.Input = null;
        if (options.RabbitMq is "") options.RabbitMq = null;
        if (DemoOptionsCheck.Problems(options).FirstOrDefault() is { } problem) throw new SettingException(problem);
        return options;
    }
}
