namespace Streamx.Hosting.Registration;

/// <inheritdoc/>
/// <typeparam name="T">The type of the stream's values.</typeparam>
internal sealed class StreamRegistration<T>(string name) : StreamRegistration(name, typeof(T))
{
    /// <summary>Whether it was registered without a name, so that it is the one that resolves without a key.</summary>
    internal bool IsUnnamed { get; set; }

    /// <summary>The producers, in the order of their registration.</summary>
    internal List<WorkerRegistration<ProducerWorker<T>, T>> Producers { get; } = [];

    /// <summary>The consumers, in the order of their registration.</summary>
    internal List<WorkerRegistration<ConsumerWorker<T>, T>> Consumers { get; } = [];

    /// <inheritdoc/>
    internal override IEnumerable<string> ProducerNames => Producers.Select(producer => producer.Name);

    /// <inheritdoc/>
    internal override IEnumerable<string> ConsumerNames => Consumers.Select(consumer => consumer.Name);

    /// <inheritdoc/>
    internal override Type OptionsTypeOf(string consumer) =>
        Consumers.Find(candidate => Names.Comparer.Equals(candidate.Name, consumer))!.OptionsType;

    /// <summary>Resolves the dead-letter handler from a scope; null when there is none.</summary>
    internal Func<IServiceProvider, IDeadLetterHandler<T>>? DeadLetterHandler { get; private set; }

    /// <summary>Creates what carries its values. The settings of the stream are ready then, and nothing else of it.</summary>
    internal Func<HostedStream<T>, IServiceProvider, StreamBackend<T>> CreateBackend { get; private set; } =
        static (stream, _) => new InProcessBackend<T>(stream);

    /// <summary>Has an engine take its values to other processes.</summary>
    /// <param name="section">The section of the engine's settings, below the stream's.</param>
    /// <param name="create">Creates the transport for a container.</param>
    internal void UseTransport(string section, Func<IServiceProvider, TransportSetup<T>> create)
    {
        CreateBackend = (stream, services) => new RemoteBackend<T>(stream, create(services));
        MayHaveWorkersElsewhere = true;
        OtherSections.Add(section);
    }

    /// <summary>Registers a dead-letter handler. The first one counts; a second of another type is found at start.</summary>
    internal void AddDeadLetterHandler<THandler>(Func<IServiceProvider, IDeadLetterHandler<T>> resolve)
    {
        DeadLetterHandler ??= resolve;
        NoteDeadLetterHandler(typeof(THandler));
    }

    /// <inheritdoc/>
    internal override HostedStream Build(IServiceProvider services) => new HostedStream<T>(this, services);
}
