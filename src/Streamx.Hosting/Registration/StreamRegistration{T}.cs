namespace Streamx.Hosting;

/// <inheritdoc/>
/// <typeparam name="T">The type of the stream's values.</typeparam>
internal sealed class StreamRegistration<T>(string name) : StreamRegistration(name, typeof(T))
{
    /// <summary>The producers, in the order of their registration.</summary>
    internal List<WorkerRegistration<ProducerWorker<T>, T>> Producers { get; } = [];

    /// <summary>The consumers, in the order of their registration.</summary>
    internal List<WorkerRegistration<ConsumerWorker<T>, T>> Consumers { get; } = [];

    /// <inheritdoc/>
    internal override IEnumerable<string> ProducerNames => Producers.Select(producer => producer.Name);

    /// <inheritdoc/>
    internal override IEnumerable<string> ConsumerNames => Consumers.Select(consumer => consumer.Name);

    /// <inheritdoc/>
    internal override bool IsBatchConsumer(string name) =>
        Consumers.Exists(consumer => consumer.TakesBatches && Names.Comparer.Equals(consumer.Name, name));

    /// <inheritdoc/>
    internal override HostedStream Build(IServiceProvider services) => new HostedStream<T>(this, services);
}
