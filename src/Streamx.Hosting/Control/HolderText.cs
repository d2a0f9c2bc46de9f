namespace Streamx.Hosting.Control;

/// <summary>Describes which consumer holds a stream, in the same words in health checks and in the log.</summary>
internal static class HolderText
{
    /// <summary>The consumer that a stage waits for: <c>waits for invoices ← Mailer</c>.</summary>
    /// <param name="stage">The stage, which waits in a put.</param>
    /// <param name="streams">The snapshots of the streams.</param>
    internal static string Waits(StreamxConsumerStatus stage, IEnumerable<StreamxStreamStatus> streams)
    {
        var output = streams.FirstOrDefault(stream => stream.Name == stage.WaitsIn)?.Holder;
        string[] chain = output is null
            ? []
            : [.. output.Through, output.Through.Count == 0 ? output.Consumer : $"{output.Consumer} of {output.Stream}"];
        return $"waits for {string.Join(" ← ", [stage.WaitsIn, .. chain])}";
    }

    /// <summary>Which other streams a consumer holds, through the stages between: one part of a sentence each.</summary>
    /// <param name="stream">The consumer's stream.</param>
    /// <param name="consumer">Its name.</param>
    /// <param name="streams">The snapshots of the streams.</param>
    internal static string AlsoHolds(string stream, string consumer, IEnumerable<StreamxStreamStatus> streams) => string.Concat(
        from held in streams
        where held.Holder is { Through.Count: > 0 } holder && holder.Stream == stream && Names.Comparer.Equals(holder.Consumer, consumer)
        select $"; stream {held.Name} waits for it through {string.Join(" and ", held.Holder!.Through)}");

    /// <summary>What a stage waited for in the end, over its whole life: <c>invoices ← Mailer</c>.</summary>
    /// <param name="stage">The stage.</param>
    /// <returns>The chain; null if it waited for nothing.</returns>
    internal static string? Waited(ConsumerWorker stage)
    {
        List<string> chain = [];
        HashSet<HostedStream> passed = [];
        // Hand-written consumers may put in a circle, which ends where it began.
        for (ConsumerWorker? next = stage; next?.OutputWaits.MostWaitedIn is { } output && passed.Add(output);)
        {
            chain.Add(output.Name);
            var holder = output.Consumers.MaxBy(consumer => consumer.TimeWaitedFor);
            if (holder is null || holder.TimeWaitedFor == TimeSpan.Zero) break;
            chain.Add(holder.Name);
            next = holder.OutputWaits.Time > holder.TimeWaitedFor / 2 ? holder : null;
        }

        return chain.Count == 0 ? null : string.Join(" ← ", chain);
    }
}
