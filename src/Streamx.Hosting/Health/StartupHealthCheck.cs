using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Streamx.Hosting.Health;

/// <summary>Whether every consumer has been attached and every worker started.</summary>
internal sealed class StartupHealthCheck(StreamHealth health) : IHealthCheck
{
    private const string Well = "Every consumer has been attached, and every worker started.";

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!health.HasStreams) return Task.FromResult(HealthCheckResult.Healthy("No stream is registered."));
        var streams = health.Streams.Select(stream => stream.GetStatus()).ToList();
        // Consumers are attached in one step, before any streams are visible here.
        string[] problems = streams.Count == 0 ? ["The consumers have not been attached yet."] : [.. streams.SelectMany(NotStarted)];
        return Task.FromResult(StreamHealth.Result(context.Registration.FailureStatus, problems, Well, streams));
    }

    private static IEnumerable<string> NotStarted(StreamxStreamStatus stream) =>
        from name in stream.Consumers.Where(
            consumer => consumer.State == StreamxConsumerState.NotStarted).Select(consumer => $"Consumer '{consumer.Name}'")
            .Concat(
                stream.Producers.Where(
                    producer => producer.State == StreamxProducerState.NotStarted).Select(producer => $"Producer '{producer.Name}'"))
        select $"{name} of stream '{stream.Name}' has not been started yet.";
}
