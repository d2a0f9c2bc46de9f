using System.Data.Common;
using Streamx.TestUtilities.Backends;

namespace Streamx.TestUtilities.InMemory;

/// <summary>Effects in the transactions of a store.</summary>
/// <param name="store">The store.</param>
internal sealed class InMemoryEffects(InMemoryStore store) : IEffects
{
    private readonly List<int> _values = [];

    /// <inheritdoc/>
    public int[] Values
    {
        get
        {
            lock (_values) return [.. _values];
        }
    }

    /// <inheritdoc/>
    public DbTransaction Begin() => store.BeginTransaction();

    /// <inheritdoc/>
    public void Add(DbTransaction transaction, int value) => ((InMemoryTransaction)transaction).Do(() =>
    {
        lock (_values) _values.Add(value);
    });
}
