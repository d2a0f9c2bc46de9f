namespace Streamx.Hosting.RabbitMQ.Tests.Brokers;

/// <summary>The tests that stop their broker, or change its settings: it is not that of the others, and they run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class DisturbedCollection : ICollectionFixture<OneNode>
{
    public const string Name = "disturbed broker";
}
