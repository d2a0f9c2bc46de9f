using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting;

/// <summary>Finds settings that would be ignored: a misspelt key must not look like a setting that works.</summary>
/// <remarks>
/// An unknown key of a known stream or worker is an error. An unknown stream or worker is only warned of: several processes may
/// share one configuration and run different parts of it.
/// </remarks>
internal static class ConfigurationCheck
{
    /// <summary>The settings of a stream.</summary>
    private static readonly string[] s_streamKeys = [.. typeof(StreamxOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The settings of a producer.</summary>
    private static readonly string[] s_producerKeys = [.. typeof(ProducerOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The settings of any consumer.</summary>
    private static readonly string[] s_consumerKeys = [.. typeof(ConsumerOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The settings of a batch consumer.</summary>
    private static readonly string[] s_batchConsumerKeys = [.. typeof(BatchConsumerOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The settings of a processor.</summary>
    private static readonly string[] s_processorKeys = [.. typeof(ProcessorOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The settings of retries and restarts.</summary>
    private static readonly string[] s_retryKeys = [.. typeof(RetryOptions).GetProperties().Select(property => property.Name)];

    /// <summary>The sections of a consumer, and of a producer, that hold retry settings.</summary>
    private static readonly string[] s_retrySections = [nameof(ConsumerOptions.Retry), nameof(ConsumerOptions.Restart)];

    /// <summary>The keys that are sections.</summary>
    private static readonly string[] s_sections = [StreamxConfiguration.Consumers, StreamxConfiguration.Producers, .. s_retrySections];

    /// <summary>The settings below a stream's section that nothing reads.</summary>
    internal static IEnumerable<string> Problems(IConfigurationSection stream, StreamRegistration registration, ILogger logger)
    {
        foreach (var problem in UnknownKeys(stream, [.. KeysOf(typeof(StreamxOptions)), StreamxConfiguration.Consumers, StreamxConfiguration.Producers], registration.OtherSections)) yield return problem;
        var producers = Workers(stream.GetSection(StreamxConfiguration.Producers), registration.ProducerNames, logger);
        foreach (var problem in producers.SelectMany(producer => UnknownWorkerKeys(producer, typeof(ProducerOptions)))) yield return problem;
        var consumers = Workers(stream.GetSection(StreamxConfiguration.Consumers), registration.ConsumerNames, logger);
        foreach (var problem in consumers.SelectMany(consumer => UnknownWorkerKeys(consumer, registration.OptionsTypeOf(consumer.Key)))) yield return problem;
    }

    /// <summary>Warns of sections for streams that are not registered here.</summary>
    internal static void WarnOfUnknownStreams(IConfigurationSection root, StreamxRegistry registry, ILogger logger)
    {
        foreach (var section in root.GetChildren())
        {
            if (!registry.Streams.Any(stream => Names.Comparer.Equals(stream.Name, section.Key)))
                Log.UnknownConfigurationSection(logger, section.Path, "stream");
        }
    }

    private static List<IConfigurationSection> Workers(IConfigurationSection section, IEnumerable<string> names, ILogger logger)
    {
        var known = names.ToHashSet(Names.Comparer);
        var found = section.GetChildren().ToLookup(child => known.Contains(child.Key));
        foreach (var unknown in found[false]) Log.UnknownConfigurationSection(logger, unknown.Path, "worker");
        return [.. found[true]];
    }

    /// <summary>What stands in a section beside the settings it has.</summary>
    internal static IEnumerable<string> UnknownKeys(IConfigurationSection section, string[] known, HashSet<string>? others = null)
    {
        var expected = $"Known settings there: {(known.Length == 0 ? "none" : string.Join(", ", known))}.";
        if (!string.IsNullOrEmpty(section.Value)) yield return $"Configuration '{section.Path}' is a value where a section belongs. {expected}";
        foreach (var child in section.GetChildren())
        {
            if (others?.Contains(child.Key) == true) continue;
            if (!known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) yield return $"Configuration '{child.Path}' sets nothing. {expected}{NearestName.Suggest(child.Key, known)}";
            else if (!IsSection(child.Key) && child.GetChildren().Any()) yield return $"Configuration '{child.Path}' is a section where a value belongs.";
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
