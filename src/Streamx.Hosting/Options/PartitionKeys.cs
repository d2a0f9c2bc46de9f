namespace Streamx.Hosting.Options;

/// <summary>The key of a consumer's values, as it was registered.</summary>
internal abstract class PartitionKeys
{
    /// <summary>The type of the values that have the key.</summary>
    internal abstract Type ValueType { get; }
}
