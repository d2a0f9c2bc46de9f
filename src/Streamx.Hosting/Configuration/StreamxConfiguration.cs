using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting;

/// <summary>Where settings stand in the configuration, and how they get into options.</summary>
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
    internal static string ConsumerPath(string optionsName)
    {
        var colon = optionsName.IndexOf(':', StringComparison.Ordinal);
        return $"{Root}:{optionsName[..colon]}:{Consumers}:{optionsName[(colon + 1)..]}";
    }

    /// <summary>Lays the configuration of a stream over what code has set.</summary>
    internal static void Bind(IServiceProvider services, string stream, StreamxOptions options)
    {
        // Each Bind is a separate call on a concrete type: the source generator replaces it by code without reflection.
        if (Section(services, $"{Root}:{stream}") is { } section) section.Bind(options);
    }

    /// <inheritdoc cref="Bind(IServiceProvider, string, StreamxOptions)"/>
    internal static void Bind(IServiceProvider services, string optionsName, ConsumerOptions options)
    {
        if (Section(services, ConsumerPath(optionsName)) is { } section) section.Bind(options);
    }

    /// <inheritdoc cref="Bind(IServiceProvider, string, StreamxOptions)"/>
    internal static void Bind(IServiceProvider services, string optionsName, BatchConsumerOptions options)
    {
        if (Section(services, ConsumerPath(optionsName)) is { } section) section.Bind(options);
    }

    /// <summary>A section, if the container has a configuration at all.</summary>
    internal static IConfigurationSection? Section(IServiceProvider services, string path) =>
        services.GetService<IConfiguration>()?.GetSection(path);
}
