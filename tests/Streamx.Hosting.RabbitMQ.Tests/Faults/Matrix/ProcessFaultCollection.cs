using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix;

/// <summary>A broker for the tests whose processes crash.</summary>
[CollectionDefinition(Name)]
public sealed class ProcessFaultCollection : ICollectionFixture<OneNode>
{
    public const string Name = "crashing processes";
}
