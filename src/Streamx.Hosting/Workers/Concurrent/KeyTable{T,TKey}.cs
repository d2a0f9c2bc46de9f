using System.Runtime.InteropServices;

namespace Streamx.Hosting.Workers.Concurrent;

/// <inheritdoc/>
/// <remarks>Allocates only while the number of keys grows.</remarks>
/// <typeparam name="T">The type of the values.</typeparam>
/// <typeparam name="TKey">The type of the keys.</typeparam>
/// <param name="key">The key of a value.</param>
internal sealed class KeyTable<T, TKey>(Func<T, TKey> key) : KeyTable<T>
{
    /// <summary>The numbers of the keys.</summary>
    private readonly Dictionary<Key, int> _numbers = [];

    /// <summary>The keys by their numbers.</summary>
    private readonly List<Key> _keys = [];

    /// <summary>The numbers of keys that have been forgotten.</summary>
    private readonly Stack<int> _free = [];

    /// <inheritdoc/>
    internal override int NumberOf(T value)
    {
        var of = key(value);
        if (of is null) return None;
        if (_numbers.TryGetValue(new Key(of), out var number)) return number;
        number = _free.Count > 0 ? _free.Peek() : _keys.Count;
        _numbers.Add(new Key(of), number);
        if (!_free.TryPop(out _)) _keys.Add(default);
        _keys[number] = new Key(of);
        return number;
    }

    /// <inheritdoc/>
    internal override void Forget(int number)
    {
        _numbers.Remove(_keys[number]);
        _keys[number] = default;
        _free.Push(number);
    }

    /// <summary>A key. Compares as the key does, without boxing it.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Key(TKey Value);
}
