namespace Streamx.Hosting.Remote;

/// <summary>Finds settings of a stream's consumers that a stream between processes does not have.</summary>
internal static class RemoteConsumersValidator
{
    /// <inheritdoc cref="StreamBackend.ConsumerProblems"/>
    internal static IEnumerable<string> Problems(HostedStream stream)
    {
        if (stream.Options.WhenNoSubscribers is not NoSubscribers.Wait and var then)
        {
            yield return $"{StreamxConfiguration.Root}:{stream.Name}:{nameof(StreamxOptions.WhenNoSubscribers)} cannot be {then} on a "
                + "stream between processes: durable consumers stay registered when their processes end, and a put waits for the first one "
                + "to register.";
        }

        // No subscription at all is no problem: all consumers may run elsewhere.
        foreach (var latest in stream.Consumers.Where(consumer => !consumer.Gates))
        {
            yield return $"{StreamxConfiguration.ConsumerPath(stream.Name, latest.Name)}:{nameof(ConsumerOptions.Mode)} cannot be "
                + $"{nameof(SubscriptionMode.Latest)} on a stream between processes: every durable consumer receives every value.";
        }
    }
}
