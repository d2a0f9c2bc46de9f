namespace Streamx.Hosting;

/// <summary>What has been registered for one stream.</summary>
internal abstract class StreamRegistration(string name, Type valueType)
{
    /// <summary>The stream's name.</summary>
    internal string Name { get; } = name;

    /// <summary>The type of its values.</summary>
    internal Type ValueType { get; } = valueType;

    /// <summary>The names of its producers.</summary>
    internal abstract IEnumerable<string> ProducerNames { get; }

    /// <summary>The names of its consumers.</summary>
    internal abstract IEnumerable<string> ConsumerNames { get; }

    /// <summary>Whether the consumer of this name handles batches.</summary>
    internal abstract bool IsBatchConsumer(string name);

    /// <summary>Builds the stream and its workers from the services of one container.</summary>
    internal abstract HostedStream Build(IServiceProvider services);
}
