namespace Streamx.Hosting.Workers;

/// <summary>A consumer of any kind, as the coordinator and the operator see it.</summary>
internal abstract class ConsumerWorker(string name, ConsumerOptions options, OutputPort? output, StreamTelemetry telemetry)
    : Worker(name, output is null ? WorkerRole.Consumer : WorkerRole.Processor, telemetry)
{
    /// <summary>Its settings.</summary>
    internal ConsumerOptions Options { get; } = options;

    /// <summary>For a processor, where it puts; null otherwise.</summary>
    internal OutputPort? Output { get; } = output;

    /// <summary>Whether puts wait for it.</summary>
    internal bool Gates => Options.Mode == SubscriptionMode.Every;

    /// <summary>Where it begins in a durable stream when it is first registered.</summary>
    internal StartFrom StartsFrom => Options.StartFrom;

    /// <summary>Whether the run was, or has to be, cut short by an abort.</summary>
    internal abstract bool WasAborted { get; }

    /// <summary>Whether it has left the stream before its end.</summary>
    internal abstract bool IsDetached { get; }

    /// <summary>Whether it is subscribed, and has neither left nor come to its end.</summary>
    internal abstract bool IsAttached { get; }

    /// <summary>Its subscription, now or as it was when it left; null before it has been subscribed.</summary>
    internal abstract SubscriptionSnapshot? Subscription { get; }

    /// <summary>Which values it has in hand; after it left, which it had.</summary>
    internal abstract ItemInHand InHand { get; }

    /// <summary>The puts of its code that wait in other streams.</summary>
    internal abstract StageWaits OutputWaits { get; }

    /// <summary>How long producers have waited for it, in all its attachments.</summary>
    internal abstract TimeSpan TimeWaitedFor { get; }

    /// <summary>Whether it was taken out while its code was at work, so that shutdown need not wait for the code to return.</summary>
    internal abstract bool IsTakenOut { get; }

    /// <summary>Ends when its code has returned, or it has been taken out. Does not fault.</summary>
    internal abstract Task WhenOver { get; }

    /// <summary>What it is doing now.</summary>
    internal abstract StreamxConsumerStatus Status { get; }

    /// <summary>Its counts so far.</summary>
    /// <param name="accepted">How many values the stream has accepted.</param>
    internal abstract ConsumerShutdownReport Report(long accepted);

    /// <summary>Which part of its slots has an item in hand whose code does not wait in a put into another stream.</summary>
    internal abstract double BusyNow { get; }

    /// <summary>How many values have come that wait for their key to be free; null where no key keeps an order.</summary>
    internal virtual int? ValuesWaitingForKey => null;

    /// <summary>Whether it has a loop of its own.</summary>
    internal virtual bool IsLoop => false;

    /// <summary>
    /// Decides that it leaves the stream now, unless the end of its attachment has been decided already. <see cref="Leave"/> has to follow.
    /// </summary>
    /// <param name="cause">Why.</param>
    internal abstract bool TryDetach(StreamxDetachCause cause);

    /// <summary>Leaves the stream, and tells its code to give up.</summary>
    internal abstract void Leave();
}
