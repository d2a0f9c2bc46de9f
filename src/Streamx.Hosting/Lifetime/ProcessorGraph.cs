namespace Streamx.Hosting.Lifetime;

/// <summary>Connects processors to the streams they put into, and finds cycles.</summary>
internal static class ProcessorGraph
{
    /// <summary>Connects every processor, unless there is a problem with any.</summary>
    /// <returns>The problems.</returns>
    internal static IReadOnlyList<string> Connect(IReadOnlyList<HostedStream> streams)
    {
        List<string> problems = [];
        var edges = new Dictionary<ConsumerWorker, HostedStream>();
        foreach (var stream in streams)
        {
            foreach (var processor in stream.Consumers.Where(consumer => consumer.Output is not null))
            {
                if (Find(streams, stream, processor, out var problem) is { } target) edges[processor] = target;
                else problems.Add(problem);
            }
        }

        if (problems.Count == 0 && FindCycle(streams, edges) is { } cycle)
        {
            problems.Add(
                $"Processors form a cycle: {cycle}. With back pressure all round, each would in the end wait for the next, for ever. "
                + "Take one of them out, or have it hand its values to a producer.");
        }

        if (problems.Count > 0) return problems;
        foreach (var (processor, target) in edges) processor.Output!.Connect(target, processor);
        return [];
    }

    /// <summary>The streams in the order in which they can end: each after all streams from which processors bring its values.</summary>
    /// <remarks>
    /// Otherwise streams without an injected writer come first, then the streams they wait for, then the rest as registered: a stream with
    /// an injected writer waits for all streams before it. Cycles have been refused by now, so one stream is always ready.
    /// </remarks>
    internal static IReadOnlyList<HostedStream> InOrder(IReadOnlyList<HostedStream> streams)
    {
        var sources = streams.ToDictionary(stream => stream, _ => 0);
        foreach (var target in streams.SelectMany(Targets)) sources[target]++;
        Dictionary<HostedStream, bool> leadsToPlain = [];
        var places = streams.Index().ToDictionary(place => place.Item, place => (Rank(place.Item), place.Index));
        var ready = new PriorityQueue<HostedStream, (int Rank, int Index)>(
            streams.Where(stream => sources[stream] == 0).Select(stream => (stream, places[stream])));
        List<HostedStream> ordered = [];
        while (ready.TryDequeue(out var next, out _))
        {
            ordered.Add(next);
            foreach (var target in Targets(next))
            {
                if (--sources[target] == 0) ready.Enqueue(target, places[target]);
            }
        }

        return ordered;

        int Rank(HostedStream stream) => !stream.HasInjectedWriter ? 0 : LeadsToPlain(stream) ? 1 : 2;

        bool LeadsToPlain(HostedStream stream)
        {
            if (!leadsToPlain.TryGetValue(stream, out var leads))
                leadsToPlain[stream] = leads = Targets(stream).Any(target => !target.HasInjectedWriter || LeadsToPlain(target));
            return leads;
        }
    }

    /// <summary>The streams that a stream's processors put into.</summary>
    internal static IEnumerable<HostedStream> Targets(HostedStream stream) =>
        stream.Consumers.Select(consumer => consumer.Output?.Target).OfType<HostedStream>();

    private static HostedStream? Find(
        IReadOnlyList<HostedStream> streams, HostedStream stream, ConsumerWorker processor, out string problem)
    {
        var output = processor.Output!;
        var setting = $"{StreamxConfiguration.ConsumerPath(stream.Name, processor.Name)}:{nameof(ProcessorOptions.OutputStream)}";
        var fitting = streams.Where(output.Fits).ToList();
        problem = "";
        if (output.StreamName is not null)
        {
            var named = fitting.Find(candidate => Names.Comparer.Equals(candidate.Name, output.StreamName));
            if (named is null)
            {
                problem =
                    $"{setting} is '{output.StreamName}', but no stream of {output.ValueType.FullName} has that name. {Known(fitting)}";
            }
            return named;
        }

        if (fitting.Count == 1) return fitting[0];
        problem = fitting.Count == 0
            ? $"Processor '{processor.Name}' of stream '{stream.Name}' puts {output.ValueType.FullName}, but there is no stream of that "
                + $"type. Add one: AddStreamx<{output.ValueType.Name}>()."
            : $"Processor '{processor.Name}' of stream '{stream.Name}' puts {output.ValueType.FullName}, and there are several streams of "
                + $"that type. Set {setting}. {Known(fitting)}";
        return null;
    }

    private static string Known(List<HostedStream> streams) =>
        streams.Count == 0
            ? "There is none of that type."
            : $"There are: {string.Join(", ", streams.Select(stream => $"'{stream.Name}'"))}.";

    /// <summary>A cycle as a path, or null.</summary>
    private static string? FindCycle(IReadOnlyList<HostedStream> streams, Dictionary<ConsumerWorker, HostedStream> edges)
    {
        List<(HostedStream Stream, ConsumerWorker Through)> path = [];
        HashSet<HostedStream> done = [];
        return streams.Select(Visit).FirstOrDefault(cycle => cycle is not null);

        string? Visit(HostedStream stream)
        {
            var start = path.FindIndex(step => step.Stream == stream);
            if (start >= 0)
                return string.Concat(path.Skip(start).Select(step => $"{step.Stream.Name} → {step.Through.Name} → ")) + stream.Name;
            if (done.Contains(stream)) return null;
            foreach (var processor in stream.Consumers)
            {
                if (!edges.TryGetValue(processor, out var target)) continue;
                path.Add((stream, processor));
                if (Visit(target) is { } cycle) return cycle;
                path.RemoveAt(path.Count - 1);
            }

            done.Add(stream);
            return null;
        }
    }
}
