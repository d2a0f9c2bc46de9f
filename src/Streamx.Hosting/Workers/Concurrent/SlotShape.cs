namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>
/// How the items of slots come from a consumer's subscription: of single values or batches, in one process or between several.
/// </summary>
/// <typeparam name="T">The type of the stream's values.</typeparam>
/// <typeparam name="TRead">What a read gives: values, or something that carries them.</typeparam>
/// <typeparam name="TItem">What a handler is called with.</typeparam>
/// <param name="ValueOf">The value that a read has given.</param>
/// <param name="ItemOf">The item of some reads.</param>
/// <param name="ValuesOf">The values of an item.</param>
/// <param name="Limits">The size of the items.</param>
internal sealed record SlotShape<T, TRead, TItem>(
    Func<TRead, T> ValueOf, Func<ReadOnlyMemory<TRead>, TItem> ItemOf, Func<TItem, IReadOnlyList<T>> ValuesOf, BatchLimits Limits)
{
    /// <summary>
    /// Whether what has been read may be settled here although it cannot be tried; if not, another process settles it. Handlers ask for
    /// themselves.
    /// </summary>
    internal Func<TRead, bool> MayBegin { get; init; } = static _ => true;

    /// <summary>Called with what has been read just before it is finished; null for no callback.</summary>
    internal Action<TRead>? OnFinishing { get; init; }

    /// <summary>How what has been read came from another process; null in one process.</summary>
    internal Func<TRead, StreamxDelivery>? InfoOf { get; init; }
}
