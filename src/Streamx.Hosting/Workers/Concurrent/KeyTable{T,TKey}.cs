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
        var hash = EqualityComparer<TKey>.Default.GetHashCode(of);
        if (_numbers.TryGetValue(new Key(of, hash, None), out var number)) return number;
        if (!_free.TryPop(out number))
        {
            number = _keys.Count;
            _keys.Add(default);
        }

        _keys[number] = new Key(of, hash, number);
        _numbers.Add(_keys[number], number);
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
    /// <remarks>
    /// Keys that have numbers compare by these: a key that has changed, or throws, since its value was handled can still be forgotten.
    /// </remarks>
    /// <param name="value">The key.</param>
    /// <param name="hash">Its hash code when it was computed.</param>
    /// <param name="number">Its number; <see cref="KeyTable{T}.None"/> for one that is looked for.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct Key(TKey value, int hash, int number) : IEquatable<Key>
    {
        private readonly TKey _value = value;
        private readonly int _number = number;

        /// <inheritdoc/>
        public bool Equals(Key other) => _number >= 0 && other._number >= 0
            ? _number == other._number
            : EqualityComparer<TKey>.Default.Equals(_value, other._value);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        /// <inheritdoc/>
        public override int GetHashCode() => hash;
    }
}
