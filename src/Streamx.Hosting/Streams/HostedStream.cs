namespace Streamx.Hosting;

/// <summary>A stream and its workers, as the coordinator drives them.</summary>
internal abstract class HostedStream(string name, StreamxOptions options)
{
    /// <summary>Whether code outside the framework has got hold of the stream, and may put into it until shutdown.</summary>
    private volatile bool _hasInjectedWriter;

    /// <summary>The stream's name.</summary>
    internal string Name { get; } = name;

    /// <summary>The stream's settings.</summary>
    internal StreamxOptions Options { get; } = options;

    /// <inheritdoc cref="_hasInjectedWriter"/>
    internal bool HasInjectedWriter
    {
        get => _hasInjectedWriter;
        set => _hasInjectedWriter = value;
    }

    /// <summary>The producers.</summary>
    internal abstract IReadOnlyList<Worker> Producers { get; }

    /// <summary>The consumers.</summary>
    internal abstract IReadOnlyList<Worker> Consumers { get; }

    /// <summary>Whether any consumer gates the stream.</summary>
    internal abstract bool HasGatingConsumer { get; }

    /// <summary>Where the stream is in its life.</summary>
    internal abstract StreamState State { get; }

    /// <summary>How many values the stream has accepted.</summary>
    internal abstract long ValuesAccepted { get; }

    /// <summary>Ends as soon as the stream faults or one of its workers fails, with the error; the latter also after the stream has ended.</summary>
    internal abstract Task<Exception> WhenFailed { get; }

    /// <summary>Whether that has happened; true before <see cref="WhenFailed"/> has ended.</summary>
    internal abstract bool HasFailed { get; }

    /// <summary>Ends when everything accepted is finished; never faults.</summary>
    internal abstract Task Drained { get; }

    /// <summary>Subscribes every consumer, in one step: a value is seen by all of them or by none.</summary>
    internal abstract void SubscribeConsumers();

    /// <summary>Starts the consumers' loops.</summary>
    internal abstract void StartConsumers();

    /// <summary>Starts the producers.</summary>
    internal abstract void StartProducers();

    /// <summary>Closes the stream to new puts.</summary>
    internal abstract void Close();

    /// <summary>Tells the producers to stop.</summary>
    /// <returns>A task that ends when their callbacks on the token have run, which is up to them. It does not fault.</returns>
    internal abstract Task CancelProducersAsync();

    /// <summary>Ends the stream at once: waiting puts are refused, every subscription is taken out, consumers are told to give up.</summary>
    /// <returns>A task that ends when their callbacks on the token have run, which is up to them. It does not fault.</returns>
    internal abstract Task AbortAsync();

    /// <summary>The names of the subscriptions that have not finished everything.</summary>
    internal abstract IReadOnlyList<string> Unfinished();

    /// <summary>What each consumer has done so far.</summary>
    internal abstract IReadOnlyList<ConsumerShutdownReport> ReportConsumers();
}
