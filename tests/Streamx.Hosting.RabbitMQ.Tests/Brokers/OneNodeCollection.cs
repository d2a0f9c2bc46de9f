namespace Streamx.Hosting.RabbitMQ.Tests.Brokers;

/// <summary>The tests that share a broker of one node; one after another, since the machine may have few cores.</summary>
[CollectionDefinition(Name)]
public sealed class OneNodeCollection : ICollectionFixture<OneNode>
{
    public const string Name = "one node";
}
