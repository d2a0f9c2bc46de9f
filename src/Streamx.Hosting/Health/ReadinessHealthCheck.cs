using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Streamx.Hosting.Health;

/// <summary>Whether the streams take values.</summary>
/// <remarks>
/// A stream whose input has ended is complete. It is no reason to take the process out of service while another stream
/// is open, unless application code may put into it: those puts would be refused.
/// </remarks>
internal sealed class ReadinessHealthCheck(StreamHealth health) : IHealthCheck
{
    private const string Well = "The streams are open.";

    /// <summary>For how long the check reports that the broker has forgotten a stream, or lost values.</summary>
    private static readonly TimeSpan s_forgotten = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!health.HasStreams) return Task.FromResult(HealthCheckResult.Healthy("No stream is registered."));
        // Checked before the streams: the stop of the host is reported, not the streams that it has closed.
        var isStopping = health.IsStopping;
        var streams = health.Streams.Select(stream => (Hosted: stream, Status: stream.GetStatus())).ToList();
        string[] problems =
            isStopping ? ["The host is stopping, or has stopped."]
            : streams.Count == 0 ? ["The host has not started its streams yet."]
            : [.. Ended(streams), .. NotConnected(streams)];
        var worst = context.Registration.FailureStatus;
        if (problems.Length == 0)
        {
            problems =
            [
                .. streams.SelectMany(stream => Stalled(stream.Status, streams.Select(other => other.Status))),
                .. streams.SelectMany(stream => Stuck(stream.Hosted, stream.Status)),
                .. streams.SelectMany(stream => Forgotten(stream.Status)),
            ];
            worst = HealthStatus.Degraded;
        }

        return Task.FromResult(StreamHealth.Result(
            worst, problems, Well, [.. streams.Select(stream => stream.Status)],
            notes: isStopping ? [] : [.. streams.SelectMany(stream => RunningNowhere(stream.Status))]));
    }

    private static IEnumerable<string> Ended(List<(HostedStream Hosted, StreamxStreamStatus Status)> streams)
    {
        var anyOpen = streams.Exists(stream => stream.Status.Stream.State == StreamState.Open);
        return
            from stream in streams
            let state = stream.Status.Stream.State
            where state == StreamState.Faulted || (state != StreamState.Open && (!anyOpen || stream.Hosted.HasInjectedWriter))
            select $"Stream '{stream.Status.Name}' is {state} and takes no more values.";
    }

    /// <summary>Between processes: without a session the stream takes no values and delivers none.</summary>
    private static IEnumerable<string> NotConnected(List<(HostedStream Hosted, StreamxStreamStatus Status)> streams) =>
        from stream in streams
        where stream.Status is { Stream.State: StreamState.Open, Remote: not null }
        from problem in stream.Status.Remote!.Problems
        let isBlocked = stream.Status.Remote!.BlockedReason is { } reason && problem == StreamxRemoteStatus.Blocked(reason)
        select $"Stream '{stream.Status.Name}'{(isBlocked ? ": " : " has no session with the other processes for ")}{problem}";

    /// <summary>
    /// What puts wait for although no process works on it. A restart of the leader, or its removal from service, would not help.
    /// </summary>
    private static IEnumerable<string> RunningNowhere(StreamxStreamStatus status) =>
        from name in status.Remote?.Names ?? []
        where name.Processes == 0
        select $"Stream '{status.Name}': '{name.Name}' has no live process.";

    /// <summary>Values may be missing. That is no reason to take the process out of service, but it must be visible.</summary>
    private IEnumerable<string> Forgotten(StreamxStreamStatus status)
    {
        if (status.Remote is { LastForgottenAt: { } at } && health.Now - at < s_forgotten)
            yield return $"Stream '{status.Name}' was lost by its store at {at:u}: values that were unfinished then may be gone.";
        if (status.Remote is { LastLostAt: { } lostAt, ValuesLost: var count } && health.Now - lostAt < s_forgotten)
        {
            yield return $"Stream '{status.Name}': its store has lost {StreamHealth.Count(count, "value", "values")} for consumers of this "
                + $"process, most recently at {lostAt:u}.";
        }
    }

    /// <summary>
    /// Values that this process has put and consumers in other processes do not finish, for any reason: no other check here would show it.
    /// </summary>
    private static IEnumerable<string> Stuck(HostedStream hosted, StreamxStreamStatus status)
    {
        if (status.Remote is not { OldestUnfinishedAge: { } age } remote) yield break;
        var limit = hosted.Consumers.Count == 0
            ? ConsumerOptions.DefaultStallAfter
            : hosted.Consumers.Max(consumer => consumer.Options.StallAfter);
        if (limit == Timeout.InfiniteTimeSpan || age <= limit) yield break;
        var behind = remote.Lags.Where(name => name.Value > 0).Select(name => $"'{name.Key}'").ToList();
        yield return $"Stream '{status.Name}': a put has waited for {StreamHealth.Seconds(age)}, "
            + (behind.Count > 0 ? $"and {string.Join(", ", behind)} have not finished everything." : "and no consumer is registered, or "
            + "none has reported its position.");
    }

    private static IEnumerable<string> Stalled(StreamxStreamStatus status, IEnumerable<StreamxStreamStatus> streams) =>
        from consumer in status.Consumers
        where consumer.IsStalled
        select $"Consumer '{consumer.Name}' of stream '{status.Name}' has held one value for "
            + $"{StreamHealth.Seconds(consumer.Subscription?.HeldFor ?? TimeSpan.Zero)}"
            + (status.Stream.ValuesWaiting > 0 ? $"; {StreamHealth.WaitingPuts(status.Stream)}" : "")
                + $"{HolderText.AlsoHolds(status.Name, consumer.Name, streams)}.";
}
