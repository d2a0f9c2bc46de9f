using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Lifetime;

/// <summary>Checks, before anything runs, that the registered streams and workers can work.</summary>
internal static class RegistrationValidator
{
    /// <summary>Throws one exception that names everything that is wrong.</summary>
    /// <param name="registry">The registrations.</param>
    /// <param name="streams">The same, built.</param>
    /// <param name="configuration">The <c>Streamx</c> section, if there is a configuration.</param>
    /// <param name="logger">Receives warnings about probable mistakes.</param>
    /// <param name="services">The host's services.</param>
    /// <exception cref="StreamxConfigurationException">Something is wrong.</exception>
    internal static void Validate(
        StreamxRegistry registry, IReadOnlyList<HostedStream> streams, IConfigurationSection? configuration, ILogger logger,
        IServiceProvider services)
    {
        List<string> problems = [.. DuplicateStreams(registry)];
        foreach (var (registration, stream) in registry.Streams.Zip(streams))
        {
            problems.AddRange(DuplicateWorkers(registration));
            problems.AddRange(DeadLetterProblems(registration));
            problems.AddRange(stream.Backend.ConsumerProblems(stream));
            problems.AddRange(stream.Consumers.SelectMany(consumer => ConcurrencyValidator.Problems(registration, stream, consumer)));
            problems.AddRange(stream.Consumers.Where(consumer => consumer.IsLoop).SelectMany(loop => LoopProblems(stream, loop)));
            if (configuration is not null)
                problems.AddRange(ConfigurationValidator.Problems(configuration.GetSection(registration.Name), registration, logger));
        }

        problems.AddRange(WorkerClassesValidator.Problems(registry, services));
        problems.AddRange(ProcessorGraph.Connect(streams));
        if (configuration is not null) problems.AddRange(ConfigurationValidator.UnknownStreams(configuration, registry, logger));
        if (problems.Count > 0) throw new StreamxConfigurationException(problems);
    }

    private static IEnumerable<string> DuplicateStreams(StreamxRegistry registry) =>
        from same in registry.Streams.GroupBy(stream => stream.Name, Names.Comparer)
        where same.Count() > 1
        select $"Stream name '{same.Key}' is used for {string.Join(" and ", same.Select(stream => stream.ValueType.FullName))}: "
            + "stream names are unique across all types. Give one of them another name: AddStreamx<T>(name).";

    private static IEnumerable<string> DuplicateWorkers(StreamRegistration stream) =>
        from same in stream.ProducerNames.Concat(stream.ConsumerNames).GroupBy(name => name, Names.Comparer)
        where same.Count() > 1
        select $"Stream '{stream.Name}' has {same.Count()} workers named '{same.Key}': names are unique in a stream. Give each its own "
            + "when adding it.";

    private static IEnumerable<string> DeadLetterProblems(StreamRegistration stream)
    {
        if (stream.DeadLetterHandlers.Count > 1)
        {
            yield return $"Stream '{stream.Name}' has several dead-letter handlers: "
                + $"{string.Join(", ", stream.DeadLetterHandlers.Select(handler => handler.Name))}. It can have one.";
        }
    }

    private static IEnumerable<string> LoopProblems(HostedStream stream, ConsumerWorker loop)
    {
        var path = StreamxConfiguration.ConsumerPath(stream.Name, loop.Name);
        const string Because =
            "a loop takes its values itself, so hosting can neither retry nor skip one. Do it in the loop, or make the consumer an "
            + "IConsumer<T>.";
        if (loop.Options.Retry.MaxAttempts > 0)
            yield return $"{path}:{nameof(ConsumerOptions.Retry)} is not for stream consumers: {Because}";
        if (loop.Options.OnFailure == ConsumerFailure.Skip)
        {
            yield return $"{path}:{nameof(ConsumerOptions.OnFailure)} cannot be {nameof(ConsumerFailure.Skip)} for stream consumers: "
                + $"{Because}";
        }
    }
}
