namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>The tests that stop their server, or change its settings: it is not that of the others, and they run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class DisturbedCollection : ICollectionFixture<OneServer>
{
    public const string Name = "disturbed server";
}
