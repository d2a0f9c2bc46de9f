using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Telemetry;

/// <summary>Tests that listen to activities, one at a time: a listener is the process's. With them those that share their broker with TLS.</summary>
[CollectionDefinition(nameof(TracingCollection))]
public sealed class TracingCollection : ICollectionFixture<TlsNode>;
