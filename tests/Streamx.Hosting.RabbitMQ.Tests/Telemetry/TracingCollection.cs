namespace Streamx.Hosting.RabbitMQ.Tests.Telemetry;

/// <summary>Tests that listen to activities, one at a time.</summary>
/// <remarks>A listener is the process's.</remarks>
[CollectionDefinition(nameof(TracingCollection))]
public sealed class TracingCollection;
