using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.TransportAbstractions;

/// <summary>Registers the settings of a stream's transport, and what is made from them.</summary>
internal static class TransportRegistration
{
    private const DynamicallyAccessedMemberTypes Bound =
        DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor;

    /// <summary>Has an engine carry a stream. A further call adds to the settings.</summary>
    /// <param name="builder">The stream.</param>
    /// <param name="section">The name of the section of the settings, below the stream's. The configuration wins over code.</param>
    /// <param name="configure">Sets the settings in code; null for none.</param>
    /// <param name="bind">Reads the section into the settings: in the engine's package, whose binding is generated there.</param>
    /// <param name="validator">Of the stream.</param>
    /// <param name="json">How values are written unless a serializer is registered.</param>
    /// <param name="create">Creates the transport.</param>
    internal static IStreamxBuilder<T> Use<T, [DynamicallyAccessedMembers(Bound)] TOptions>(
        IStreamxBuilder<T> builder,
        string section,
        Action<TOptions>? configure,
        Action<IConfigurationSection, TOptions> bind,
        TransportOptionsValidator<TOptions> validator,
        Func<JsonTypeInfo<T>> json,
        Func<IServiceProvider, TOptions, IStreamTransport> create)
        where TOptions : TransportOptions
    {
        var stream = builder.Name;
        var options = builder.Services.AddOptions<TOptions>(stream);
        if (configure is not null) options.Configure(configure);
        // Once per stream: a second binding would append to the lists again, and a second validator would report each problem twice.
        if (!builder.Services.Any(service =>
            !service.IsKeyedService && service.ImplementationInstance is TransportOptionsValidator<TOptions> known
                && known.Stream == stream))
        {
            options.PostConfigure<IServiceProvider>((current, services) =>
            {
                Bind(services, stream, section, current, bind);
                current.InstanceId ??= InstanceId.Find(services.GetService<IConfiguration>());
            }).ValidateOnStart();
            builder.Services.AddSingleton<IValidateOptions<TOptions>>(validator);
        }

        return builder.UseTransport(section, services =>
        {
            var current = services.GetRequiredService<IOptionsMonitor<TOptions>>().Get(stream);
            return new TransportSetup<T>(
                create(services, current),
                services.GetService<IStreamSerializer<T>>() ?? new JsonStreamSerializer<T>(json()),
                new RetryOptions { MaxAttempts = int.MaxValue, Delay = current.ReconnectDelay, MaxDelay = current.MaxReconnectDelay })
            {
                MaxValueBytes = current.MaxValueBytes,
                MaxBytesUnderWay = current.MaxBytesUnderWay,
                EndsOnShutdown = current.EndStreamOnShutdown,
            };
        });
    }

    private static void Bind<[DynamicallyAccessedMembers(Bound)] TOptions>(
        IServiceProvider services, string stream, string name, TOptions options, Action<IConfigurationSection, TOptions> bind)
    {
        if (StreamxConfiguration.Section(services, $"{StreamxConfiguration.Root}:{stream}:{name}") is not { } section) return;
        List<string> problems = [.. SettingText.UnknownKeys(section, typeof(TOptions)), .. SettingText.Problems(section, typeof(TOptions))];
        if (problems.Count > 0) throw new OptionsValidationException(stream, typeof(TOptions), problems);
        try
        {
            bind(section, options);
        }
        catch (InvalidOperationException error)
        {
            throw new OptionsValidationException(stream, typeof(TOptions), [error.Message]);
        }
    }
}
