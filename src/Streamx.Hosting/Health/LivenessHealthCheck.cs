using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Health;

/// <summary>
/// Whether a restart of the process would help: a stream or a worker has failed for good, or a consumer holds one value for too long.
/// </summary>
internal sealed class LivenessHealthCheck(StreamHealth health, IOptionsMonitor<StreamxHealthOptions> options) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var maxItemAge = options.CurrentValue.MaxItemAge;
        List<StreamxStreamStatus> streams = [];
        List<string> problems = [];
        Exception? error = null;
        foreach (var stream in health.Streams)
        {
            var status = stream.GetStatus();
            streams.Add(status);
            if (stream.HasFailed)
            {
                // It ends in the same step that marks the stream as failed, or right after.
                var failure = await stream.WhenFailed.WaitAsync(cancellationToken).ConfigureAwait(false);
                error ??= failure;
                problems.Add(Failure(status, failure));
            }

            if (maxItemAge is { } limit) problems.AddRange(TooOld(stream, status, limit));
        }

        return StreamHealth.Result(context.Registration.FailureStatus, problems, "No stream has failed.", streams, error);
    }

    /// <summary>The type of the error only: its message may not be meant for all readers of a health endpoint.</summary>
    private static string Failure(StreamxStreamStatus status, Exception error)
    {
        var workers = status.Producers.Where(
            producer => producer.State == StreamxProducerState.Failed).Select(producer => $"producer '{producer.Name}'")
            .Concat(
                status.Consumers.Where(
                    consumer => consumer.State == StreamxConsumerState.Failed).Select(consumer => $"consumer '{consumer.Name}'"));
        var names = string.Join(" and ", workers);
        return $"Stream '{status.Name}' has failed with {error.GetType().Name}{(names.Length == 0 ? "" : $" of {names}")}.";
    }

    private static IEnumerable<string> TooOld(HostedStream stream, StreamxStreamStatus status, TimeSpan limit) =>
        from consumer in status.Consumers
        where consumer is { Subscription: { HoldsValue: true } subscription, WaitsIn: null }
            && subscription.HeldFor - WaitedOn(stream, consumer) > limit
        select $"Consumer '{consumer.Name}' of stream '{status.Name}' has held one value for "
            + $"{StreamHealth.Seconds(consumer.Subscription!.HeldFor)}, "
            + $"longer than {StreamxHealthOptionsValidator.Section}:{nameof(StreamxHealthOptions.MaxItemAge)}, "
            + $"{StreamHealth.Seconds(limit)}.";

    /// <summary>
    /// How long other consumers have blocked the consumer while it held its value. A restart would not help against that.
    /// </summary>
    private static TimeSpan WaitedOn(HostedStream stream, StreamxConsumerStatus consumer) =>
        stream.FindConsumer(consumer.Name)?.OutputWaits.TimeOn(consumer.Subscription!.Position) ?? TimeSpan.Zero;
}
