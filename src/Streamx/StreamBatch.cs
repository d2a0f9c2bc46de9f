using System.Collections;

namespace Streamx;

/// <summary>One batch of a stream's values, in the stream's order.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <remarks>
/// <para>Valid until the next read: the stream reuses its memory then, so copy what has to live longer, for example with
/// <c>batch.ToArray()</c>. A handler's batch is valid until the handler's task ends.</para>
/// <para><c>foreach</c> over it may contain an <c>await</c> and allocates nothing. Use <see cref="Span"/> for tight synchronous
/// loops.</para>
/// </remarks>
public readonly struct StreamBatch<T> : IReadOnlyList<T>
{
    /// <summary>Makes a batch of values that the caller holds, such as one for a unit test of a batch consumer.</summary>
    /// <param name="values">The values. They are not copied.</param>
    public StreamBatch(ReadOnlyMemory<T> values) => Memory = values;

    /// <summary>How many values the batch has. A batch that a stream delivers has at least one; the default value has none.</summary>
    public int Count => Memory.Length;

    /// <summary>The values as memory, for methods that take it.</summary>
    public ReadOnlyMemory<T> Memory { get; }

    /// <summary>The values as a span: the fastest way through them, but not across an <c>await</c>.</summary>
    public ReadOnlySpan<T> Span => Memory.Span;

    /// <summary>The value at an index.</summary>
    /// <param name="index">From 0, the oldest value of the batch.</param>
    /// <exception cref="IndexOutOfRangeException">There is no value at <paramref name="index"/>.</exception>
    public T this[int index] => Memory.Span[index];

    /// <summary>Goes through the values in order.</summary>
    /// <returns>A struct that may live across an <c>await</c>.</returns>
    public Enumerator GetEnumerator() => new(Memory);

    /// <inheritdoc/>
    IEnumerator<T> IEnumerable<T>.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Goes through the values of a batch in order.</summary>
    public struct Enumerator : IEnumerator<T>
    {
        private readonly ReadOnlyMemory<T> _values;
        private int _index;

        internal Enumerator(ReadOnlyMemory<T> values)
        {
            _values = values;
            _index = -1;
        }

        /// <inheritdoc/>
        public readonly T Current => _values.Span[_index];

        /// <inheritdoc/>
        readonly object? IEnumerator.Current => Current;

        /// <inheritdoc/>
        public bool MoveNext() => ++_index < _values.Length;

        /// <inheritdoc/>
        public readonly void Dispose()
        {
        }

        /// <inheritdoc/>
        void IEnumerator.Reset() => _index = -1;
    }
}
