namespace Streamx.Hosting.Streams;

/// <summary>A stream and its workers, as the coordinator drives them.</summary>
internal abstract class HostedStream(string name, StreamxOptions options)
{
    /// <summary>How many control actions it has seen.</summary>
    private long _controlActions;

    /// <summary>Whether application code has resolved the stream, and may put into it until shutdown.</summary>
    private volatile bool _hasInjectedWriter;

    /// <inheritdoc cref="DrainDeadline"/>
    private volatile Deadline? _drainDeadline;

    /// <inheritdoc cref="HasHostStarted"/>
    private volatile bool _hasHostStarted;

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

    /// <summary>Whether every hosted service has started.</summary>
    internal bool HasHostStarted => _hasHostStarted;

    /// <summary>When the host aborts it; null while the host does not stop.</summary>
    internal Deadline? DrainDeadline
    {
        get => _drainDeadline;
        set => _drainDeadline = value;
    }

    /// <summary>How many control actions it has seen.</summary>
    internal long ControlActions => Interlocked.Read(ref _controlActions);

    /// <summary>What carries its values.</summary>
    internal abstract StreamBackend Backend { get; }

    /// <summary>Measures and traces it.</summary>
    internal abstract StreamTelemetry Telemetry { get; }

    /// <summary>Follows what application code puts into it.</summary>
    internal abstract InjectedPuts InjectedPuts { get; }

    /// <summary>The producers and processors that put into it, and whether all of them have ended.</summary>
    internal abstract StreamInputs Inputs { get; }

    /// <summary>The producers.</summary>
    internal abstract IReadOnlyList<Worker> Producers { get; }

    /// <summary>The consumers, processors included.</summary>
    internal abstract IReadOnlyList<ConsumerWorker> Consumers { get; }

    /// <summary>What it was faulted with, or null.</summary>
    internal Exception? Fault => Backend.Fault;

    /// <summary>Whether any consumer gates the stream.</summary>
    internal abstract bool HasGatingConsumer { get; }

    /// <summary>Where the stream is in its life.</summary>
    internal StreamState State => Backend.State;

    /// <summary>Whether the stream is being aborted; set before any observer can notice the abort.</summary>
    internal abstract bool IsAborting { get; }

    /// <summary>How many values the stream has accepted.</summary>
    internal long ValuesAccepted => Backend.ValuesAccepted;

    /// <summary>
    /// Ends as soon as the stream faults or one of its workers fails, with the error; the latter also after the stream has ended.
    /// </summary>
    internal abstract Task<Exception> WhenFailed { get; }

    /// <summary>Whether that has happened; true before <see cref="WhenFailed"/> has ended.</summary>
    internal abstract bool HasFailed { get; }

    /// <summary>Ends when everything accepted is finished; never faults.</summary>
    internal Task Drained => Backend.Drained;

    /// <summary>Ends when everything accepted is finished and that has been measured; never faults.</summary>
    internal abstract Task WhenEndRecorded { get; }

    /// <summary>
    /// Ends when every accepted value is finished and the consumers' code has returned, except code of consumers that were taken out. It
    /// does not fault.
    /// </summary>
    internal async Task WhenConsumersReturnedAsync()
    {
        await WhenEndRecorded.ConfigureAwait(false);
        foreach (var consumer in Consumers) await consumer.WhenOver.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>
    /// Ends when a consumer will process no more values: it has returned, or has been taken out, and its stream has ended.
    /// </summary>
    protected async Task WhenOverAsync(ConsumerWorker consumer)
    {
        await Drained.ConfigureAwait(false);
        await consumer.WhenOver.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends when the producers that were started have returned. It does not fault.</summary>
    internal async Task WhenProducersEnded()
    {
        foreach (var producer in Producers) await producer.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Every hosted service has started.</summary>
    internal void OnHostStarted()
    {
        _hasHostStarted = true;
        Backend.OnHostStarted();
    }

    /// <summary>Counts a control action.</summary>
    internal void OnControlAction() => Interlocked.Increment(ref _controlActions);

    /// <summary>Whether it was this stream that refused a value.</summary>
    internal bool Refused(StreamClosedException exception) => Backend.Refused(exception);

    /// <summary>The stream and its workers now.</summary>
    internal abstract StreamxStreamStatus GetStatus();

    /// <summary>The gate that pauses a producer; null if there is none of that name.</summary>
    internal abstract ProducerPause? FindPause(string producer);

    /// <summary>The consumer of that name, or null.</summary>
    internal ConsumerWorker? FindConsumer(string name) => Consumers.FirstOrDefault(consumer => Names.Comparer.Equals(consumer.Name, name));

    /// <summary>Takes a consumer out, unless it is the last that keeps the stream alive.</summary>
    /// <returns>Whether it was attached.</returns>
    /// <exception cref="InvalidOperationException">It is the last.</exception>
    internal abstract bool DetachConsumer(ConsumerWorker consumer);

    /// <summary>Attaches a consumer again that has left.</summary>
    /// <returns>Whether it had left.</returns>
    /// <exception cref="InvalidOperationException">The stream does not run, or the consumer's code has not returned.</exception>
    internal abstract bool AttachConsumer(ConsumerWorker consumer);

    /// <summary>Ends its input, and waits until it has drained. It does not fault.</summary>
    internal async Task DrainAsync()
    {
        await CloseInOrderAsync(
            CloseReason.Completed, static producers => producers, static processors => processors).ConfigureAwait(false);
        await Drained.ConfigureAwait(false);
    }

    /// <summary>Tells the producers to stop, and closes the stream once they and the processors that put into it have ended.</summary>
    /// <param name="reason">As for <see cref="Close"/>.</param>
    /// <param name="waitForProducers">Waits for the producers as long as the caller wants.</param>
    /// <param name="waitForProcessors">
    /// The same for the processors. They end with their input: closing earlier would lose their values.
    /// </param>
    internal async Task CloseInOrderAsync(string reason, Func<Task, Task> waitForProducers, Func<Task, Task> waitForProcessors)
    {
        await waitForProducers(Task.WhenAll(CancelProducersAsync(), WhenProducersEnded())).ConfigureAwait(false);
        await waitForProcessors(Inputs.WhenProcessorsEnded()).ConfigureAwait(false);
        Close(reason);
    }

    /// <summary>Ends when writers of application code have been idle for a second and every consumer has finished what they put.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        do
        {
            await InjectedPuts.WhenQuietAsync(IsPutWaiting, cancellationToken).ConfigureAwait(false);
            await Backend.WhenFinishedAsync(cancellationToken).ConfigureAwait(false);
        }
        while (State == StreamState.Open && !InjectedPuts.IsQuiet(IsPutWaiting, out _));

        bool IsPutWaiting() => GetStatus().Stream.ValuesWaiting > 0;
    }

    /// <summary>Subscribes every consumer, in one step: a value is seen by all of them or by none.</summary>
    internal abstract void SubscribeConsumers();

    /// <summary>Starts the consumers' loops.</summary>
    internal abstract void StartConsumers();

    /// <summary>Starts the producers.</summary>
    internal abstract void StartProducers();

    /// <summary>Closes the stream to new puts.</summary>
    /// <param name="reason">Why, for telemetry; of <see cref="CloseReason"/>. The first one counts.</param>
    internal abstract void Close(string reason);

    /// <summary>Tells the producers to stop.</summary>
    /// <returns>A task that ends when their callbacks on the token have run, which is up to them. It does not fault.</returns>
    internal abstract Task CancelProducersAsync();

    /// <summary>
    /// Ends the stream at once: waiting puts are refused, every subscription is taken out, consumers are told to give up.
    /// </summary>
    /// <returns>A task that ends when their callbacks on the token have run, which is up to them. It does not fault.</returns>
    internal abstract Task AbortAsync();

    /// <summary>The names of the subscriptions that have not finished everything.</summary>
    internal IReadOnlyList<string> Unfinished() => Backend.Unfinished();

    /// <summary>What each consumer has done so far.</summary>
    internal abstract IReadOnlyList<ConsumerShutdownReport> ReportConsumers();
}
