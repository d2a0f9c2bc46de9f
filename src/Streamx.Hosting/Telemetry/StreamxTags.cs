namespace Streamx.Hosting;

/// <summary>The names of the tags that instruments and activities carry, and the values of them that no registration gives.</summary>
/// <remarks>
/// All other values are names from the registration, so their number is known; <see cref="ErrorType"/> apart, which is a type's name.
/// </remarks>
public static class StreamxTags
{
    /// <summary>The stream's name: on everything.</summary>
    public const string StreamName = "streamx.stream.name";

    /// <summary>The producer's name; <see cref="InjectedProducer"/> for all writers taken from the container.</summary>
    public const string ProducerName = "streamx.producer.name";

    /// <summary>What the producer does: produce, turn_wait, put_wait, restart_wait or paused.</summary>
    public const string ProducerState = "streamx.producer.state";

    /// <summary>The consumer's name.</summary>
    public const string ConsumerName = "streamx.consumer.name";

    /// <summary>What the consumer does: idle, process, output_wait, retry_wait, restart_wait or paused.</summary>
    public const string ConsumerState = "streamx.consumer.state";

    /// <summary>The consumer that the put waited for last: it released the put by finishing or by leaving.</summary>
    public const string GatedBy = "streamx.backpressure.gated_by";

    /// <summary>What became of a value: finished, skipped, dead_lettered or abandoned.</summary>
    public const string ItemOutcome = "streamx.item.outcome";

    /// <summary>What kind of worker it is: producer, consumer or processor.</summary>
    public const string WorkerRole = "streamx.worker.role";

    /// <summary>The worker's name.</summary>
    public const string WorkerName = "streamx.worker.name";

    /// <summary>The state of the stream: open, closing, closed or faulted.</summary>
    public const string StreamState = "streamx.stream.state";

    /// <summary>Why the stream closed: completed, shutdown or fault.</summary>
    public const string CloseReason = "streamx.close.reason";

    /// <summary>The full name of the exception's type; absent on success.</summary>
    public const string ErrorType = "error.type";

    /// <summary>The consumer name of subscriptions that application code has made on an injected <see cref="AsyncStream{T}"/>.</summary>
    public const string InjectedConsumer = "(injected)";

    /// <summary>The producer name of writers taken from the container.</summary>
    public const string InjectedProducer = "(injected)";
}
