namespace Streamx.Hosting.Control;

/// <summary>Refuses a drain, or a stop of the host, that a worker requests and that can end only after that worker.</summary>
internal static class DrainFromInside
{
    /// <summary>Throws if the calling code belongs to a worker that the end of the stream waits for.</summary>
    /// <param name="stream">The stream that is to be drained.</param>
    /// <exception cref="InvalidOperationException">It does.</exception>
    internal static void Check(HostedStream stream)
    {
        // Upstream, values wait for room in the consumer's stream; downstream, processors end only after it.
        if (ConsumerMark.Active is { } consumer && (Reaches(consumer.Stream, stream) || Reaches(stream, consumer.Stream)))
            throw Refusal(stream, "Consumer", consumer.Consumer, consumer.Stream, "finished the value it has in hand");
        if (ProducerMark.Active is { } producer && Reaches(producer.Stream, stream))
            throw Refusal(stream, "Producer", producer.Producer, producer.Stream, "returned");
    }

    /// <summary>Throws if the calling code belongs to a worker of the host: a stop of the host waits for every worker.</summary>
    /// <param name="streams">The streams of the host.</param>
    /// <exception cref="InvalidOperationException">It does.</exception>
    internal static void CheckStop(IReadOnlyList<HostedStream> streams)
    {
        if (!IsInside(streams)) return;
        var (kind, worker, stream) = ConsumerMark.Active is { } consumer && streams.Contains(consumer.Stream)
            ? ("Consumer", consumer.Consumer, consumer.Stream)
            : ("Producer", ProducerMark.Active!.Value.Producer, ProducerMark.Active.Value.Stream);
        throw new InvalidOperationException(
            $"{kind} '{worker}' of stream '{stream.Name}' awaits the stop of its own host, which waits for that {kind.ToLowerInvariant()}. "
            + "It would wait for itself. To stop the host from inside, call IHostApplicationLifetime.StopApplication.");
    }

    /// <summary>Whether the calling code belongs to a worker of the host. A worker may stop another host that it runs.</summary>
    /// <param name="streams">The streams of the host.</param>
    internal static bool IsInside(IReadOnlyList<HostedStream> streams) =>
        (ConsumerMark.Active is { } consumer && streams.Contains(consumer.Stream))
        || (ProducerMark.Active is { } producer && streams.Contains(producer.Stream));

    /// <summary>Whether values get from one stream to another, or both are the same stream.</summary>
    private static bool Reaches(HostedStream from, HostedStream to) =>
        from == to || ProcessorGraph.Targets(from).Any(target => Reaches(target, to));

    private static InvalidOperationException Refusal(HostedStream stream, string kind, string worker, HostedStream own, string until) =>
        new(
        $"{kind} '{worker}' of stream '{own.Name}' drains stream '{stream.Name}', which cannot have drained before that "
        + $"{kind.ToLowerInvariant()} has {until}. "
        + "It would wait for itself. Drain from outside of workers; to stop the host from inside, call "
        + "IHostApplicationLifetime.StopApplication.");
}
