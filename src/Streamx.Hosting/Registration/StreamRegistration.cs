namespace Streamx.Hosting.Registration;

/// <summary>The registrations for one stream.</summary>
internal abstract class StreamRegistration(string name, Type valueType)
{
    private readonly HashSet<Type> _deadLetterHandlers = [];

    /// <summary>The stream's name.</summary>
    internal string Name { get; } = name;

    /// <summary>The type of its values.</summary>
    internal Type ValueType { get; } = valueType;

    /// <summary>The sections below its own in the configuration that other packages read.</summary>
    internal HashSet<string> OtherSections { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether names that are not registered here may be those of workers in other processes, which have the same configuration.
    /// </summary>
    internal bool MayHaveWorkersElsewhere { get; private protected set; }

    /// <summary>The names of its producers.</summary>
    internal abstract IEnumerable<string> ProducerNames { get; }

    /// <summary>The names of its consumers.</summary>
    internal abstract IEnumerable<string> ConsumerNames { get; }

    /// <summary>The workers, dead-letter handlers included, that are built from the container.</summary>
    internal List<WorkerClass> Classes { get; } = [];

    /// <summary>The dead-letter handlers that have been registered; more than one is too many.</summary>
    internal IReadOnlySet<Type> DeadLetterHandlers => _deadLetterHandlers;

    /// <summary>The type of the options of the consumer of this name.</summary>
    internal abstract Type OptionsTypeOf(string consumer);

    /// <summary>Records that a dead-letter handler has been registered.</summary>
    protected void NoteDeadLetterHandler(Type handler) => _deadLetterHandlers.Add(handler);

    /// <summary>Builds the stream and its workers from the services of one container.</summary>
    internal abstract HostedStream Build(IServiceProvider services);
}
