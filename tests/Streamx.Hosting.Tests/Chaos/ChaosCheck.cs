using Streamx.Hosting.Tests.Telemetry;

namespace Streamx.Hosting.Tests.Chaos;

/// <summary>Compares what the report says with what the workers did.</summary>
internal sealed class ChaosCheck(ChaosHost host, ShutdownReport report)
{
    private readonly List<string> _problems = [];

    /// <summary>What does not agree.</summary>
    public IReadOnlyList<string> Problems()
    {
        if (host.Ending == ChaosEnding.Completion && report.Streams.All(stream => stream.Outcome != ShutdownOutcome.Faulted))
            Expect(report.Streams.All(stream => stream.Outcome == ShutdownOutcome.Drained), "the host was stopped before all was done");
        foreach (var stream in report.Streams) Check(host.Streams.Single(candidate => candidate.Name == stream.Name), stream);
        return _problems;
    }

    /// <summary>The exit code that belongs to the report.</summary>
    public int ExitCode() =>
        report.Streams.Any(stream => stream.Outcome == ShutdownOutcome.Faulted) ? ExitCodes.Fault
        : report.Streams.Any(stream => stream.Outcome == ShutdownOutcome.Aborted) ? ExitCodes.AbortedDrain
        : 0;

    private void Check(ChaosStream stream, StreamShutdownReport said)
    {
        var accepted = stream.Writers.SelectMany(writer => writer.Accepted).ToHashSet();
        Expect(accepted.Count == said.ValuesAccepted, $"{stream.Name}: {said.ValuesAccepted} values accepted, but writers say {accepted.Count}");
        Expect(!stream.HasFatalFailure || said.Outcome != ShutdownOutcome.Drained, $"{stream.Name}: a worker failed, but it is {said.Outcome}");
        foreach (var consumer in stream.Consumers) Check(stream, consumer, said, said.Consumers.Single(candidate => candidate.Name == consumer.Name), accepted);
        CheckOrder(stream);
        if (host.Metrics is { } metrics) CheckMetrics(stream, said, metrics);
    }

    /// <summary>What listeners were told is what the report says, and every put was told once.</summary>
    private void CheckMetrics(ChaosStream stream, StreamShutdownReport said, MetricsRecorder metrics)
    {
        foreach (var consumer in said.Consumers)
        {
            (long Finished, long, long, long, long) told = (Items("finished"), Items("skipped"), Items("dead_lettered"), Items("abandoned"), Sum(StreamxInstruments.StreamUndelivered));
            // One whose code has not returned may not have come to tell what the stream has already counted as finished.
            var untold = consumer.HasReturned ? 0 : consumer.Finished - told.Finished;
            Expect(
                told == (consumer.Finished - untold, consumer.Skipped, consumer.DeadLettered, consumer.Aborted, consumer.Undelivered) && untold >= 0,
                $"{stream.Name}.{consumer.Name}: metrics say {told}, but {consumer}");

            long Items(string outcome) => Sum(StreamxInstruments.ConsumerItems, (StreamxTags.ItemOutcome, outcome));
            long Sum(string instrument, params ReadOnlySpan<(string, object?)> tags) =>
                (long)metrics.Sum(instrument, [(StreamxTags.StreamName, said.Name), (StreamxTags.ConsumerName, consumer.Name), .. tags]);
        }

        // Before the waits: a put that ends only now records its wait first.
        var marginal = said.Consumers.ToDictionary(
            consumer => consumer.Name,
            consumer => metrics.Sum(StreamxInstruments.BackpressureMarginalTime, (StreamxTags.StreamName, said.Name), (StreamxTags.ConsumerName, consumer.Name)));
        var waits = metrics.Of(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.StreamName, said.Name));
        var accepted = waits.Count(wait => wait.Tag(StreamxTags.ErrorType) is null);
        var cancelled = waits.Count(wait => wait.Tag(StreamxTags.ErrorType) is "System.OperationCanceledException");
        var refused = waits.Count - accepted - cancelled;
        var late = stream.Writers.Sum(writer => writer.Late);
        Expect(accepted <= said.ValuesAccepted && accepted >= said.ValuesAccepted - late, $"{stream.Name}: metrics say {accepted} puts were accepted, but {said.ValuesAccepted}, {late} late");
        Expect(cancelled <= stream.Writers.Sum(writer => writer.Cancelled), $"{stream.Name}: metrics say {cancelled} puts were cancelled");
        var known = stream.Writers.Sum(writer => writer.Refused);
        Expect(refused <= known && refused >= known - late, $"{stream.Name}: metrics say {refused} puts were refused, but {known}, {late} late");
        Expect(waits.All(wait => wait.Value >= 0), $"{stream.Name}: a wait is less than nothing");
        foreach (var gate in waits.Where(wait => wait.Tag(StreamxTags.GatedBy) is not null).GroupBy(wait => (string)wait.Tag(StreamxTags.GatedBy)!))
        {
            var waited = gate.Sum(wait => wait.Value);
            Expect(marginal.GetValueOrDefault(gate.Key) <= waited + 1e-9, $"{stream.Name}.{gate.Key}: {marginal.GetValueOrDefault(gate.Key)} s of its waits of {waited} s are marginal");
        }

        Expect(metrics.Of(StreamxInstruments.StreamCloseDuration, (StreamxTags.StreamName, said.Name)).Count == 1, $"{stream.Name}: its end was not measured once");
    }

    private void Check(ChaosStream stream, ChaosConsumer consumer, StreamShutdownReport outcome, ConsumerShutdownReport said, HashSet<long> accepted)
    {
        var name = $"{stream.Name}.{consumer.Name}";
        foreach (var violation in consumer.Violations) Expect(false, $"{name} {violation}");
        var settled = said.Finished + said.Skipped + said.DeadLettered + said.Aborted;
        if (consumer.SeesEvery) Expect(settled + said.Undelivered == outcome.ValuesAccepted, $"{name}: does not add up to {outcome.ValuesAccepted}: {said}");
        Expect(said is { Finished: >= 0, Skipped: >= 0, DeadLettered: >= 0, Aborted: >= 0, Undelivered: >= 0 }, $"{name}: negative: {said}");

        var items = Items(name, consumer);
        var returned = items.Where(item => item.HasReturned).Sum(item => item.Values.Count);
        var failed = items.Where(item => !item.HasReturned).Sum(item => item.Values.Count);
        Expect(said.Finished <= returned && returned <= said.Finished + said.Aborted, $"{name}: handled {returned}, but {said}");
        Expect(said.Skipped + said.DeadLettered <= failed, $"{name}: failed on {failed}, but {said}");
        if (consumer.SeesEvery) Expect(settled >= returned + failed, $"{name}: got {returned + failed}, but {said}");
        foreach (var value in items.SelectMany(item => item.Values)) Expect(accepted.Contains(value), $"{name}: got {value}, which was never accepted");

        var letters = host.DeadLetters.TakenFrom(stream.Name, consumer.Name);
        Expect(said.DeadLettered <= letters.Count && letters.Count <= said.DeadLettered + said.Aborted, $"{name}: {letters.Count} letters were taken, but {said}");
        Expect(letters.Distinct().Count() == letters.Count, $"{name}: a letter was taken twice");

        var status = host.StatusOf(stream, consumer);
        if (said.HasReturned)
        {
            Expect(
                (said.Finished, said.Skipped, said.DeadLettered) == (status.ValuesFinished, status.ValuesSkipped, status.ValuesDeadLettered),
                $"{name}: {said} is not {status}");
        }

        if (outcome.Outcome != ShutdownOutcome.Drained || consumer.WasDetached || consumer.WasAttached || !consumer.SeesEvery) return;
        if (status.State == StreamxConsumerState.Detached) return;
        Expect(said is { HasReturned: true, Aborted: 0, Undelivered: 0 }, $"{name}: drained, but {said}");
    }

    /// <summary>The last attempt at each value, or batch. An item that comes again does so right after a failure.</summary>
    private List<Attempt> Items(string name, ChaosConsumer consumer)
    {
        List<Attempt> items = [];
        HashSet<long> known = [];
        var tries = 0;
        foreach (var attempt in consumer.Attempts)
        {
            if (items.Count > 0 && items[^1].IsOf([.. attempt.Values]))
            {
                Expect(!items[^1].HasReturned, $"{name}: {attempt.Values[0]} was delivered again although it had been handled");
                Expect(++tries <= consumer.MaxTries, $"{name}: {attempt.Values[0]} was tried {tries} times, the limit is {consumer.MaxTries}");
                items[^1] = attempt;
                continue;
            }

            foreach (var value in attempt.Values) Expect(known.Add(value), $"{name}: {value} was delivered again");
            items.Add(attempt);
            tries = 1;
        }

        return items;
    }

    /// <summary>Every consumer sees the values in one order, which keeps that of each writer.</summary>
    private void CheckOrder(ChaosStream stream)
    {
        var seen = stream.Consumers.Select(consumer => (consumer.Name, Values: consumer.Attempts.SelectMany(attempt => attempt.Values).Distinct().ToList())).ToList();
        foreach (var (name, values) in seen)
        {
            foreach (var own in values.GroupBy(ChaosWriter.WriterOf))
                Expect(own.SequenceEqual(own.Order()), $"{stream.Name}.{name}: values of writer {own.Key} out of order");
            foreach (var (otherName, others) in seen)
                Expect(values.Where(others.ToHashSet().Contains).SequenceEqual(others.Where(values.ToHashSet().Contains)), $"{stream.Name}: {name} and {otherName} saw different orders");
        }
    }

    private void Expect(bool condition, string problem)
    {
        if (!condition) _problems.Add(problem);
    }
}
