using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Configuration;

/// <summary>Finds settings that would be ignored: a misspelt key must not look like a setting that works.</summary>
/// <remarks>
/// A key, a worker or a stream that nothing in this host reads is an error. Only where a transport makes it possible that another
/// process with the same configuration has the worker or the stream, it is a warning.
/// </remarks>
internal static class ConfigurationValidator
{
    /// <summary>The settings of a stream.</summary>
    private static readonly string[] s_streamKeys = [.. typeof(StreamxOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The settings of a producer.</summary>
    private static readonly string[] s_producerKeys = [.. typeof(ProducerOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The settings of any consumer.</summary>
    private static readonly string[] s_consumerKeys = [.. typeof(ConsumerOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The settings of a batch consumer.</summary>
    private static readonly string[] s_batchConsumerKeys =
        [.. typeof(BatchConsumerOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The settings of a processor.</summary>
    private static readonly string[] s_processorKeys = [.. typeof(ProcessorOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The settings of retries and restarts.</summary>
    private static readonly string[] s_retryKeys = [.. typeof(RetryOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The sections of a consumer, and of a producer, that hold retry settings.</summary>
    private static readonly string[] s_retrySections = [nameof(ConsumerOptions.Retry), nameof(ConsumerOptions.Restart)];

    /// <summary>The keys that are sections.</summary>
    private static readonly string[] s_sections = [StreamxConfiguration.Consumers, StreamxConfiguration.Producers, .. s_retrySections];

    /// <summary>The settings below a stream's section that nothing reads.</summary>
    /// <param name="stream">The section.</param>
    /// <param name="registration">The stream.</param>
    /// <param name="logger">Receives warnings about names that other processes may have.</param>
    internal static IEnumerable<string> Problems(IConfigurationSection stream, StreamRegistration registration, ILogger logger)
    {
        string[] known = [.. KeysOf(typeof(StreamxOptions)), StreamxConfiguration.Consumers, StreamxConfiguration.Producers];
        var producers = stream.GetSection(StreamxConfiguration.Producers);
        var consumers = stream.GetSection(StreamxConfiguration.Consumers);
        var areElsewhere = registration.MayHaveWorkersElsewhere;
        return
        [
            .. UnknownKeys(stream, known, registration.OtherSections),
            .. UnknownNames(producers, "producer", registration.ProducerNames, areElsewhere, logger),
            .. Known(producers, registration.ProducerNames).SelectMany(producer => UnknownWorkerKeys(producer, typeof(ProducerOptions))),
            .. UnknownNames(consumers, "consumer", registration.ConsumerNames, areElsewhere, logger),
            .. Known(consumers, registration.ConsumerNames)
                .SelectMany(consumer => UnknownWorkerKeys(consumer, registration.OptionsTypeOf(consumer.Key))),
        ];
    }

    /// <summary>The sections of streams that are not registered.</summary>
    /// <param name="root">The section that all of them are in.</param>
    /// <param name="registry">The streams.</param>
    /// <param name="logger">Receives warnings about names that other processes may have.</param>
    internal static IEnumerable<string> UnknownStreams(IConfigurationSection root, StreamxRegistry registry, ILogger logger) =>
        UnknownNames(
            root,
            "stream",
            registry.Streams.Select(stream => stream.Name),
            registry.Streams.Exists(stream => stream.MayHaveWorkersElsewhere),
            logger);

    private static IEnumerable<string> UnknownNames(
        IConfigurationSection section, string kind, IEnumerable<string> known, bool mayBeElsewhere, ILogger logger)
    {
        string[] names = [.. known];
        foreach (var child in section.GetChildren().Where(child => !names.Contains(child.Key, Names.Comparer)))
        {
            var suggestion = NearestName.Suggest(child.Key, names);
            if (mayBeElsewhere) Log.UnknownConfigurationSection(logger, child.Path, kind, suggestion);
            else
            {
                yield return $"Configuration '{child.Path}' has no effect: no {kind} of that name is registered. Registered there: "
                    + $"{(names.Length == 0 ? "none" : string.Join(", ", names))}.{suggestion}";
            }
        }
    }

    private static IEnumerable<IConfigurationSection> Known(IConfigurationSection section, IEnumerable<string> names) =>
        section.GetChildren().Where(child => names.Contains(child.Key, Names.Comparer));

    /// <summary>The entries of a section that are none of its settings.</summary>
    internal static IEnumerable<string> UnknownKeys(IConfigurationSection section, string[] known, HashSet<string>? others = null)
    {
        var expected = $"Known settings there: {(known.Length == 0 ? "none" : string.Join(", ", known))}.";
        if (!string.IsNullOrEmpty(section.Value))
            yield return $"Configuration '{section.Path}' is a value where a section belongs. {expected}";
        foreach (var child in section.GetChildren())
        {
            if (others?.Contains(child.Key) == true) continue;
            if (!known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                yield return $"Configuration '{child.Path}' has no effect. {expected}{NearestName.Suggest(child.Key, known)}";
            else if (!IsSection(child.Key) && child.GetChildren().Any())
                yield return $"Configuration '{child.Path}' is a section where a value belongs.";
        }
    }

    private static IEnumerable<string> UnknownWorkerKeys(IConfigurationSection worker, Type options) =>
        UnknownKeys(worker, KeysOf(options))
            .Concat(s_retrySections.SelectMany(key => UnknownKeys(worker.GetSection(key), KeysOf(typeof(RetryOptions)))));

    private static bool IsSection(string key) => s_sections.Contains(key, StringComparer.OrdinalIgnoreCase);

    /// <summary>The settings of a type of options. The types are named, so that trimming keeps their properties.</summary>
    private static string[] KeysOf(Type options) =>
        options == typeof(StreamxOptions) ? s_streamKeys
        : options == typeof(ProducerOptions) ? s_producerKeys
        : options == typeof(BatchConsumerOptions) ? s_batchConsumerKeys
        : options == typeof(ProcessorOptions) ? s_processorKeys
        : options == typeof(RetryOptions) ? s_retryKeys
        : s_consumerKeys;
}
