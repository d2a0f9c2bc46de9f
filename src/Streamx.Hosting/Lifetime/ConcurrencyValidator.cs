namespace Streamx.Hosting.Lifetime;

/// <summary>Checks, before anything runs, what a consumer's concurrency and keys need from its stream.</summary>
internal static class ConcurrencyValidator
{
    /// <summary>Problems of one consumer: one sentence each.</summary>
    internal static IEnumerable<string> Problems(StreamRegistration registration, HostedStream stream, ConsumerWorker consumer)
    {
        var path = StreamxConfiguration.ConsumerPath(stream.Name, consumer.Name);
        var concurrency = consumer.Options.Concurrency;
        if (consumer.IsLoop && concurrency > 1)
        {
            yield return $"{path}:{nameof(ConsumerOptions.Concurrency)} cannot be {concurrency} for stream consumers: "
                + "a loop takes its values one by one. Make the consumer an IConsumer<T>.";
        }
        else if (concurrency > stream.Options.Window)
        {
            yield return $"{path}:{nameof(ConsumerOptions.Concurrency)} is {concurrency}, but "
                + $"{StreamxConfiguration.Root}:{stream.Name}:{nameof(StreamxOptions.Window)} is {stream.Options.Window}: no more values "
                + "than the window "
                + "can be unfinished, so no more can be handled at the same time. Raise the window, or lower the concurrency.";
        }

        if (consumer.Options.GetPartition() is not { } keys) yield break;
        if (consumer.IsLoop)
        {
            yield return $"{nameof(ConsumerOptions.PartitionBy)} of consumer '{consumer.Name}' of stream '{stream.Name}' is not for stream "
                + "consumers: "
                + "a loop takes its values one by one, in order.";
        }

        if (keys.ValueType != registration.ValueType)
        {
            yield return $"{nameof(ConsumerOptions.PartitionBy)} of consumer '{consumer.Name}' takes {keys.ValueType.FullName}, "
                + $"but stream '{stream.Name}' has values of {registration.ValueType.FullName}. Give it a function of that type.";
        }
    }
}
