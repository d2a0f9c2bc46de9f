namespace Streamx.Repository.Tests.Packages;

/// <summary>The tests of what is shipped, which is packed once for all of them.</summary>
[CollectionDefinition(nameof(PackedPackagesCollection))]
public sealed class PackedPackagesCollection : ICollectionFixture<PackedPackages>;
