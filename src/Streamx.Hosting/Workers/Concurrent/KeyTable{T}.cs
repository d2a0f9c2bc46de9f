namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>Numbers the keys of unfinished values: values with equal keys have the same number.</summary>
/// <remarks>Not thread-safe. Numbering calls the user's key function and the equality of keys, so its caller holds no lock.</remarks>
/// <typeparam name="T">The type of the values.</typeparam>
internal abstract class KeyTable<T>
{
    /// <summary>The number of a value without a key.</summary>
    internal const int None = -1;

    /// <summary>The number of a value's key: small, and not used by another key until it is forgotten.</summary>
    internal abstract int NumberOf(T value);

    /// <summary>Forgets a key that no unfinished value has. Calls no user code.</summary>
    internal abstract void Forget(int number);
}
