namespace Streamx.Hosting.Options;

/// <inheritdoc/>
/// <typeparam name="T">The type of the values that have the key.</typeparam>
internal abstract class PartitionKeys<T> : PartitionKeys
{
    /// <inheritdoc/>
    internal sealed override Type ValueType => typeof(T);

    /// <summary>Creates a table of the keys of unfinished values.</summary>
    internal abstract KeyTable<T> CreateTable();
}
