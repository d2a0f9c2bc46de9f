using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix;

/// <summary>A broker for the tests whose processes hang, or cannot reach it: they wait more than they work.</summary>
[CollectionDefinition(Name)]
public sealed class HangCollection : ICollectionFixture<OneNode>
{
    public const string Name = "hanging processes";
}
