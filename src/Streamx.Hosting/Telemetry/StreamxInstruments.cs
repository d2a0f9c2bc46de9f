namespace Streamx.Hosting;

/// <summary>The names of the instruments, for views and queries. Times are in seconds.</summary>
/// <remarks>Each carries <see cref="StreamxTags.StreamName"/>. The package's README has their kinds, units and further tags.</remarks>
public static class StreamxInstruments
{
    /// <summary>How long a put waited until every consumer was ready: once per put, also when it did not wait.</summary>
    public const string BackpressureWaitDuration = "streamx.backpressure.wait.duration";

    /// <summary>Waiting that only one consumer caused: from when it was the only one missing until it was ready.</summary>
    public const string BackpressureMarginalTime = "streamx.backpressure.marginal.time";

    /// <summary>The time that producers spent in each state, including the state in progress.</summary>
    public const string ProducerTime = "streamx.producer.time";

    /// <summary>The time that consumers spent in each state, including the state in progress.</summary>
    public const string ConsumerTime = "streamx.consumer.time";

    /// <summary>How long a consumer held one value, all attempts together.</summary>
    public const string ConsumerProcessDuration = "streamx.consumer.process.duration";

    /// <summary>How long a consumer has held the value it still has in hand; 0 when it has none.</summary>
    public const string ConsumerItemAge = "streamx.consumer.item.age";

    /// <summary>How many accepted values a consumer has not finished.</summary>
    public const string ConsumerLag = "streamx.consumer.lag";

    /// <summary>How many retries were scheduled.</summary>
    public const string ConsumerRetries = "streamx.consumer.retries";

    /// <summary>How many values have got an outcome, by outcome.</summary>
    public const string ConsumerItems = "streamx.consumer.items";

    /// <summary>How many runs of workers ended in an exception.</summary>
    public const string WorkerFaults = "streamx.worker.faults";

    /// <summary>How often workers were started again.</summary>
    public const string WorkerRestarts = "streamx.worker.restarts";

    /// <summary>How many values, or batches, a consumer may handle at once.</summary>
    public const string ConsumerConcurrency = "streamx.consumer.concurrency";

    /// <summary>How many consumers are attached.</summary>
    public const string ConsumerActive = "streamx.consumer.active";

    /// <summary>How many producers run.</summary>
    public const string ProducerActive = "streamx.producer.active";

    /// <summary>Where the stream is in its life: 1 for the present state, 0 for the others.</summary>
    public const string StreamStatus = "streamx.stream.status";

    /// <summary>How long it took from closing the stream until it had drained.</summary>
    public const string StreamCloseDuration = "streamx.stream.close.duration";

    /// <summary>How many accepted values a consumer did not get before the abort.</summary>
    public const string StreamUndelivered = "streamx.stream.undelivered";
}
