namespace Streamx.Hosting.Dashboard;

/// <summary>The events of the streams, from the differences between samples. It keeps the last hundred.</summary>
internal sealed class EventLog(TimeProvider clock)
{
    /// <summary>How many events are remembered.</summary>
    internal const int Capacity = 100;

    /// <summary>The events, the oldest first.</summary>
    private readonly Queue<DashboardEvent> _events = new(Capacity);

    /// <summary>How long a consumer's failures are collected, so that one that fails at every value does not fill the log.</summary>
    internal static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(10);

    /// <summary>For each consumer the failures that the log has reported, and the timestamp of the last such event.</summary>
    private readonly Dictionary<(string Stream, string Consumer), (long Skipped, long DeadLettered, long Retries, long At)> _failures = [];

    /// <summary>The number of the last event.</summary>
    private long _lastId;

    /// <summary>The events, the oldest first.</summary>
    internal IReadOnlyList<DashboardEvent> All => [.. _events];

    /// <summary>The newest events, the oldest of them first.</summary>
    internal IReadOnlyList<DashboardEvent> Newest(int count) => [.. _events.Skip(_events.Count - count)];

    /// <summary>
    /// Records the changes. Before the first sample everything counts as healthy, so that existing problems are reported.
    /// </summary>
    internal void Compare(StreamxStreamStatus? before, StreamxStreamStatus now)
    {
        var state = now.Stream.State;
        if (state != (before?.Stream.State ?? StreamState.Open)) Add(now, null, state.ToString(), state switch
        {
            StreamState.Closing => "closes and drains",
            StreamState.Closed => "has closed: everything accepted is finished",
            StreamState.Faulted => FailedWorker(now) is { } worker ? $"has faulted: {worker} failed" : "has faulted",
            _ => "is open",
        });
        foreach (var producer in now.Producers) Compare(now, before?.Producers.FirstOrDefault(old => old.Name == producer.Name), producer);
        foreach (var consumer in now.Consumers) Compare(now, before?.Consumers.FirstOrDefault(old => old.Name == consumer.Name), consumer);
        if (now.Remote is { } remote) Compare(now, before?.Remote, remote);
    }

    private void Compare(StreamxStreamStatus stream, StreamxRemoteStatus? before, StreamxRemoteStatus now)
    {
        if (now.IsLeading && before?.IsLeading != true) Add(stream, null, "Leads", "is led by this process");
        if (!now.IsLeading && before?.IsLeading == true) Add(stream, null, "Follows", "is no longer led by this process");
        if (now.TimesForgotten > (before?.TimesForgotten ?? 0))
            Add(stream, null, "Forgotten", "was forgotten by the broker: values that were not finished may be lost");
        foreach (var name in now.Names)
        {
            var old = before?.Names.FirstOrDefault(old => old.Name == name.Name)?.Processes;
            if (name.Processes == 0 && old != 0) Add(stream, name.Name, "Gone", "has no live process");
            else if (name.Processes > 0 && old == 0) Add(stream, name.Name, "Back", "has a live process again");
        }

        CompareReports(stream, before?.Reports ?? [], now.Reports);
    }

    /// <summary>Records stalls in other processes. A process that has ceased to report has not recovered.</summary>
    private void CompareReports(
        StreamxStreamStatus stream, IReadOnlyList<StreamxProcessReport> before, IReadOnlyList<StreamxProcessReport> now)
    {
        foreach (var report in now)
        {
            var old = before.FirstOrDefault(other => other.Instance == report.Instance)?.Consumers;
            foreach (var consumer in report.Consumers)
            {
                var wasStalled = old?.FirstOrDefault(other => other.Name == consumer.Name)?.IsStalled == true;
                if (consumer.IsStalled && !wasStalled)
                {
                    var seconds = consumer.ItemAge?.TotalSeconds ?? 0;
                    Add(stream, consumer.Name, "Stalled", $"has held one value for {seconds:0.0} s in {report.Instance}");
                }
                else if (!consumer.IsStalled && wasStalled)
                {
                    Add(stream, consumer.Name, "Recovered", $"goes on after its stall in {report.Instance}");
                }
            }
        }
    }

    private void Compare(StreamxStreamStatus stream, StreamxProducerStatus? before, StreamxProducerStatus now)
    {
        NoteRestarts(stream, now.Name, before?.Restarts, now.Restarts);
        var old = before?.State ?? StreamxProducerState.Running;
        if (old == now.State) return;
        if (now.State == StreamxProducerState.Failed) Add(stream, now.Name, "Failed", "has failed", now.LastFailure);
        else if (now.State == StreamxProducerState.Paused) Add(stream, now.Name, "Paused", "is paused");
        else if (now.State == StreamxProducerState.RestartWait)
            Add(stream, now.Name, "Failed", "has failed and waits to be started again", now.LastFailure);
        else if (old == StreamxProducerState.Paused && now.State == StreamxProducerState.Running)
            Add(stream, now.Name, "Resumed", "goes on");
    }

    private void Compare(StreamxStreamStatus stream, StreamxConsumerStatus? before, StreamxConsumerStatus now)
    {
        NoteRestarts(stream, now.Name, before?.Restarts, now.Restarts);
        NoteFailures(stream, now);
        if (now.IsStalled != (before?.IsStalled ?? false))
        {
            if (now.IsStalled)
                Add(stream, now.Name, "Stalled", $"has held {InHand(stream, now)} for {now.Subscription?.HeldFor.TotalSeconds ?? 0:0.0} s");
            // A consumer that has left or failed has not recovered.
            else if (now.State is not (StreamxConsumerState.Detached or StreamxConsumerState.Failed or StreamxConsumerState.Ended))
                Add(stream, now.Name, "Recovered", "goes on after its stall");
        }

        var old = before?.State ?? StreamxConsumerState.Idle;
        if (old == now.State) return;
        if (now.State == StreamxConsumerState.Detached) NoteDetached(stream, now);
        else if (now.State == StreamxConsumerState.Failed)
            Add(stream, now.Name, "Failed", $"has failed{At(now.LastFailure)}", now.LastFailure);
        else if (now.State == StreamxConsumerState.RestartWait)
            Add(stream, now.Name, "Failed", $"has failed{At(now.LastFailure)} and waits to be started again", now.LastFailure);
        else if (old == StreamxConsumerState.Detached) Add(stream, now.Name, "Attached", "is back in the stream");
    }

    private void NoteDetached(StreamxStreamStatus stream, StreamxConsumerStatus now) => Add(
        stream,
        now.Name,
        "Detached",
        now.DetachCause switch
        {
            StreamxDetachCause.Operator => "was detached by an operator",
            StreamxDetachCause.Failure => $"failed{At(now.LastFailure)} and was detached",
            StreamxDetachCause.Stall => "stalled and was detached",
            StreamxDetachCause.Returned => "returned before the end of the stream",
            _ => "has left the stream",
        },
        now.DetachCause == StreamxDetachCause.Failure ? now.LastFailure : null);

    /// <summary>Says on which value a worker failed; empty where it had none in hand.</summary>
    private static string At(StreamxFailure? failure) => failure switch
    {
        { Position: { } number, Delivery: { } delivery } =>
            $" at value {number} of epoch {delivery.Epoch}{(delivery.IsRedelivered ? " (redelivered)" : "")}",
        { Position: { } number } => $" at position {number}",
        _ => "",
    };

    /// <summary>Between processes a subscription's position counts what has come to this one, so it would mislead.</summary>
    private static string InHand(StreamxStreamStatus stream, StreamxConsumerStatus consumer) =>
        stream.Remote is null && consumer.Subscription is { } subscription ? $"the value at position {subscription.Position}" : "one value";

    private static string? FailedWorker(StreamxStreamStatus stream) =>
        stream.Consumers.FirstOrDefault(consumer => consumer.State == StreamxConsumerState.Failed)?.Name
        ?? stream.Producers.FirstOrDefault(producer => producer.State == StreamxProducerState.Failed)?.Name;

    private void NoteRestarts(StreamxStreamStatus stream, string worker, long? before, long now)
    {
        var times = now - (before ?? 0);
        if (times > 0) Add(stream, worker, "Restarted", times == 1 ? "was started again" : $"was started again ({times} times)");
    }

    private void NoteFailures(StreamxStreamStatus stream, StreamxConsumerStatus now)
    {
        var isKnown = _failures.TryGetValue((stream.Name, now.Name), out var reported);
        string[] parts =
        [
            .. Part(now.ValuesSkipped - reported.Skipped, "value skipped", "values skipped"),
            .. Part(now.ValuesDeadLettered - reported.DeadLettered, "value dead-lettered", "values dead-lettered"),
            .. Part(now.Retries - reported.Retries, "retry", "retries"),
        ];
        if (parts.Length == 0 || (isKnown && clock.GetElapsedTime(reported.At) < FailurePause)) return;
        _failures[(stream.Name, now.Name)] = (now.ValuesSkipped, now.ValuesDeadLettered, now.Retries, clock.GetTimestamp());
        var last = now.FailedValues.Count > 0 ? now.FailedValues[^1].Failure : null;
        // Retries may come after the last value that was given up.
        if (now.LastFailure is { Position: not null } latest && (last is null || latest.Time > last.Time)) last = latest;
        var at = last is { Position: not null } ? $", the last{At(last)}" : "";
        Add(stream, now.Name, "Failing", $"fails: {string.Join(", ", parts)}{at}", now.LastFailure);

        static IEnumerable<string> Part(long count, string one, string many) => count <= 0 ? [] : [$"{count} {(count == 1 ? one : many)}"];
    }

    private void Add(StreamxStreamStatus stream, string? worker, string kind, string what, StreamxFailure? failure = null)
    {
        if (_events.Count == Capacity) _events.Dequeue();
        var message = failure is null ? null : FailureDocument.Shorten(failure.Message);
        var text = $"{worker ?? $"Stream {stream.Name}"} {what}.";
        _events.Enqueue(new DashboardEvent(++_lastId, clock.GetUtcNow(), kind, stream.Name, worker, text, failure?.ErrorType, message));
    }
}
