using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Streamx.Hosting.Health;

/// <summary>The state that all health checks read, and the wording of their results.</summary>
internal sealed class StreamHealth(IServiceProvider services)
{
    /// <summary>Null when no stream is registered.</summary>
    private readonly RunningStreams? _running = services.GetService<RunningStreams>();

    private readonly IHostApplicationLifetime? _lifetime = services.GetService<IHostApplicationLifetime>();

    private readonly TimeProvider _clock = services.GetService<TimeProvider>() ?? TimeProvider.System;

    /// <summary>The time.</summary>
    internal DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>Whether there is anything to check.</summary>
    internal bool HasStreams => _running is not null;

    /// <summary>The streams; none before all consumers have been subscribed.</summary>
    internal IReadOnlyList<HostedStream> Streams => _running?.Streams ?? [];

    /// <summary>Whether the host stops, or has stopped.</summary>
    /// <remarks>A host that is asked to stop signals that first; a host that is stopped directly begins with the streams.</remarks>
    internal bool IsStopping => _running is { IsEnding: true } || _lifetime is { ApplicationStopping.IsCancellationRequested: true };

    /// <summary>A result that lists the problems, or states that there are none.</summary>
    /// <param name="worst">The status if there are problems.</param>
    /// <param name="problems">One sentence each.</param>
    /// <param name="well">The sentence if there are no problems.</param>
    /// <param name="streams">The snapshots of the streams.</param>
    /// <param name="error">The exception behind the first problem, if there is one.</param>
    /// <param name="notes">Facts that are worth knowing and no problem of this process: one sentence each.</param>
    internal static HealthCheckResult Result(
        HealthStatus worst, IReadOnlyCollection<string> problems, string well, IReadOnlyList<StreamxStreamStatus> streams,
        Exception? error = null, IReadOnlyCollection<string>? notes = null) =>
        new(
            problems.Count == 0 ? HealthStatus.Healthy : worst,
            string.Join(" ", [.. problems.Count == 0 ? [well] : problems, .. notes ?? []]),
            error,
            streams.ToDictionary(stream => stream.Name, object (stream) => Describe(stream, streams), Names.Comparer));

    /// <summary>A time, for people.</summary>
    internal static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture) + " s";

    /// <summary>How many puts wait, for people.</summary>
    internal static string WaitingPuts(StreamSnapshot stream) => Count(stream.ValuesWaiting, "put waits", "puts wait");

    /// <summary>A number and what it counts.</summary>
    /// <param name="count">The number.</param>
    /// <param name="one">What follows 1.</param>
    /// <param name="many">What follows any other number.</param>
    internal static string Count(long count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    private static string Describe(StreamxStreamStatus status, IReadOnlyList<StreamxStreamStatus> streams)
    {
        var stream = status.Stream;
        var waiting = stream.OldestWaitingPutAge is { } age ? $", {WaitingPuts(stream)}, the oldest for {Seconds(age)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{stream.State}, {Count(stream.ValuesPut, "value put", "values put")}{waiting}. Producers: "
            + $"{ListOf(status.Producers.Select(Describe))}. Consumers: "
            + $"{ListOf(status.Consumers.Select(consumer => Describe(consumer, streams)))}.{Describe(status.Remote)}");
    }

    private static string Describe(StreamxRemoteStatus? remote)
    {
        if (remote is null) return "";
        var behind = remote.Lags.Where(name => name.Value > 0).Select(
            name => string.Create(CultureInfo.InvariantCulture, $"{name.Key} by {name.Value}"));
        var nowhere = remote.Names.Where(name => name.Processes == 0).Select(name => name.Name).ToList();
        return remote.IsLeading
            ? $" Leads between processes. Behind: {ListOf(behind)}.{(nowhere.Count == 0 ? "" : $" No live process: {ListOf(nowhere)}.")}"
            : remote.IsStandby ? " Stands by to lead." : "";
    }

    private static string Describe(StreamxProducerStatus producer) => $"{producer.Name} {producer.State}";

    private static string Describe(StreamxConsumerStatus consumer, IReadOnlyList<StreamxStreamStatus> streams)
    {
        var held = consumer.Subscription is { HoldsValue: true } subscription ? $" for {Seconds(subscription.HeldFor)}" : "";
        var state = consumer.WaitsIn is null ? $"{consumer.State}" : HolderText.Waits(consumer, streams);
        return $"{consumer.Name} {state}{held}{(consumer.IsStalled ? " (stalled)" : "")}";
    }

    private static string ListOf(IEnumerable<string> workers)
    {
        var list = string.Join(", ", workers);
        return list.Length == 0 ? "none" : list;
    }
}
