namespace Streamx.Hosting.RabbitMQ.Tests.Telemetry;

/// <summary>Tests that listen to activities, one at a time.</summary>
/// <remarks>A listener is the process's: once one listens to the client's source, the client writes its own span into every message.</remarks>
[CollectionDefinition(nameof(TracingCollection))]
public sealed class TracingCollection;
