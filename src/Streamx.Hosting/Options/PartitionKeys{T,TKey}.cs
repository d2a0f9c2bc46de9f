namespace Streamx.Hosting.Options;

/// <inheritdoc/>
/// <typeparam name="T">The type of the values that have the key.</typeparam>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <param name="key">The key of a value.</param>
internal sealed class PartitionKeys<T, TKey>(Func<T, TKey> key) : PartitionKeys<T>
{
    /// <inheritdoc/>
    internal override KeyTable<T> CreateTable() => new KeyTable<T, TKey>(key);
}
