namespace Streamx.Hosting;

/// <summary>Settings of a hosted stream. Configuration section: <c>Streamx:&lt;stream name&gt;</c>.</summary>
/// <remarks>Set by code first, then by configuration, which wins. Read once, before the host starts its services.</remarks>
public sealed class StreamxOptions
{
    /// <summary>The default of <see cref="Window"/>: strict lock-step.</summary>
    internal const int DefaultWindow = 1;

    /// <summary>The default of <see cref="DrainMargin"/>.</summary>
    internal static readonly TimeSpan DefaultDrainMargin = TimeSpan.FromSeconds(2);

    /// <summary>The default of <see cref="AcceptAfterStop"/>.</summary>
    internal static readonly TimeSpan DefaultAcceptAfterStop = TimeSpan.FromSeconds(5);

    /// <summary>How many values may be put but not yet finished by the slowest consumer.</summary>
    /// <value>1 to 1,048,576. Default: 1, strict lock-step.</value>
    public int Window { get; set; } = DefaultWindow;

    /// <summary>What happens to a put when no consumer gates the stream.</summary>
    /// <value>Default: <see cref="NoSubscribers.Wait"/>, the only one for a stream between processes.</value>
    public NoSubscribers WhenNoSubscribers { get; set; } = NoSubscribers.Wait;

    /// <summary>Lets a put run consumers' continuations on the producer's thread, and the other way round.</summary>
    /// <value>Default: false. See <see cref="AsyncStreamOptions.AllowSynchronousContinuations"/> for the price.</value>
    public bool AllowSynchronousContinuations { get; set; }

    /// <summary>Stops the host once this stream, and every other that asks for it, has completed: for jobs that end.</summary>
    /// <value>Default: false. The exit code is then 0, unless a stream faulted.</value>
    public bool StopHostWhenCompleted { get; set; }

    /// <summary>
    /// Whether each consumer's processing of a value begins a trace of its own, linked to the trace of its put, instead of continuing that
    /// trace.
    /// </summary>
    /// <value>Default: false, the processing is a child of the put, and linked to it. Batches are only ever linked.</value>
    public bool LinkTracesOnly { get; set; }

    /// <summary>How long a stopping host waits for consumers to finish what was accepted. Zero aborts at once.</summary>
    /// <value>
    /// Default: null, the host's shutdown timeout less <see cref="DrainMargin"/>, which is also the most it can be. It is a cap:
    /// a stream that has drained ends at once.
    /// </value>
    public TimeSpan? DrainTimeout { get; set; }

    /// <summary>
    /// The part of the host's shutdown timeout that is reserved for the steps after the drain: aborting, reporting, other services.
    /// </summary>
    /// <value>Default: 2 seconds. At most half the shutdown timeout is taken.</value>
    public TimeSpan DrainMargin { get; set; } = DefaultDrainMargin;

    /// <summary>How long a stopping host waits for injected writers that are in use, before it stops any service.</summary>
    /// <value>
    /// Default: 5 seconds, or half the drain's time if that is less; a longer one than that is refused at start. Zero waits not at all.
    /// It is a cap: the wait ends once no put has ended for a second and every consumer has finished what was put.
    /// </value>
    /// <remarks>
    /// Readiness is off meanwhile and the web server answers, so this is the time in which an orchestrator can stop sending requests.
    /// A stream whose writers have not put does not wait for them. Through a writer that has been resolved puts are accepted beyond it,
    /// until every service has stopped or half the drain's time is over.
    /// </remarks>
    public TimeSpan AcceptAfterStop { get; set; } = DefaultAcceptAfterStop;
}
