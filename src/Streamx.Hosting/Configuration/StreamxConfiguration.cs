using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Configuration;

/// <summary>The places of settings in the configuration, and their binding to options.</summary>
/// <remarks>
/// Options of a worker are named <c>&lt;stream&gt;:&lt;worker&gt;</c>, which is unambiguous because neither name contains a colon.
/// </remarks>
internal static class StreamxConfiguration
{
    /// <summary>The section everything is in.</summary>
    internal const string Root = "Streamx";

    /// <summary>The section of a stream's consumers.</summary>
    internal const string Consumers = "Consumers";

    /// <summary>The section of a stream's producers.</summary>
    internal const string Producers = "Producers";

    /// <summary>The name of a worker's options.</summary>
    internal static string WorkerOptionsName(string stream, string worker) => $"{stream}:{worker}";

    /// <summary>The configuration path of a consumer, from the name of its options.</summary>
    internal static string ConsumerPath(string optionsName) => WorkerPath(optionsName, Consumers);

    /// <summary>The configuration path of a consumer.</summary>
    internal static string ConsumerPath(string stream, string consumer) => $"{Root}:{stream}:{Consumers}:{consumer}";

    /// <summary>The configuration path of a producer, from the name of its options.</summary>
    internal static string ProducerPath(string optionsName) => WorkerPath(optionsName, Producers);

    /// <summary>Applies the configuration of a stream on top of the options that code has set.</summary>
    /// <exception cref="OptionsValidationException">A value cannot be read; the message names its path.</exception>
    internal static void Bind(IServiceProvider services, string stream, StreamxOptions options) =>
        Bind(services, $"{Root}:{stream}", options, stream, static (section, current) => section.Bind(current));

    /// <inheritdoc cref="Bind(IServiceProvider, string, StreamxOptions)"/>
    internal static void Bind(IServiceProvider services, string optionsName, ConsumerOptions options) =>
        Bind(services, ConsumerPath(optionsName), options, optionsName, static (section, current) => section.Bind(current));

    /// <inheritdoc cref="Bind(IServiceProvider, string, StreamxOptions)"/>
    internal static void Bind(IServiceProvider services, string optionsName, BatchConsumerOptions options) =>
        Bind(services, ConsumerPath(optionsName), options, optionsName, static (section, current) => section.Bind(current));

    /// <inheritdoc cref="Bind(IServiceProvider, string, StreamxOptions)"/>
    internal static void Bind(IServiceProvider services, string optionsName, ProcessorOptions options) =>
        Bind(services, ConsumerPath(optionsName), options, optionsName, static (section, current) => section.Bind(current));

    /// <inheritdoc cref="Bind(IServiceProvider, string, StreamxOptions)"/>
    internal static void Bind(IServiceProvider services, string optionsName, ProducerOptions options) =>
        Bind(services, ProducerPath(optionsName), options, optionsName, static (section, current) => section.Bind(current));

    /// <summary>A section, if the container has a configuration at all.</summary>
    internal static IConfigurationSection? Section(IServiceProvider services, string path) =>
        services.GetService<IConfiguration>()?.GetSection(path);

    private static string WorkerPath(string optionsName, string role)
    {
        var colon = optionsName.IndexOf(':', StringComparison.Ordinal);
        return $"{Root}:{optionsName[..colon]}:{role}:{optionsName[(colon + 1)..]}";
    }

    // Each caller binds a concrete type: the source generator replaces those calls by code without reflection.
    private static void Bind<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(
        IServiceProvider services, string path, TOptions options, string optionsName, Action<IConfigurationSection, TOptions> bind)
    {
        if (Section(services, path) is not { } section) return;
        if (SettingText.Problems(section, typeof(TOptions)) is { Count: > 0 } problems)
            throw new OptionsValidationException(optionsName, typeof(TOptions), problems);
        try
        {
            bind(section, options);
        }
        catch (InvalidOperationException error)
        {
            throw new OptionsValidationException(optionsName, typeof(TOptions), [error.Message]);
        }
    }
}
