using System.Text;
using Streamx.Engine;

namespace Streamx.Hosting.Streams;

/// <summary>The writer of a producer's run that is bound to its leader term.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <param name="writer">The writer that the producer was given.</param>
/// <param name="term">The term.</param>
internal sealed class ResumableWriter<T>(
    ProducerWriter<T> writer, ProducerTerm term) : IResumableWriter<T>, IProducerWriter<T>, IStreamClock
{
    /// <summary>The most bytes of a bookmark.</summary>
    private const int MaxBytes = 1024;

    /// <inheritdoc/>
    public string? Bookmark => term.Bookmark;

    /// <inheritdoc/>
    public TimeProvider TimeProvider => writer.TimeProvider;

    /// <inheritdoc/>
    public IResumableWriter<T> AsResumable() => this;

    /// <inheritdoc/>
    public ValueTask PutAsync(T value, CancellationToken cancellationToken = default) => writer.PutAsync(value, cancellationToken);

    /// <inheritdoc/>
    public ValueTask PutAsync(T value, string bookmark, CancellationToken cancellationToken = default)
    {
        Check(bookmark);
        return writer.PutAsync(value, bookmark, cancellationToken);
    }

    /// <inheritdoc/>
    public bool TryPut(T value) => writer.TryPut(value);

    /// <inheritdoc/>
    public ValueTask PutManyAsync(ReadOnlyMemory<T> values, CancellationToken cancellationToken = default) =>
        writer.PutManyAsync(values, cancellationToken);

    /// <inheritdoc/>
    public ValueTask PutManyAsync(ReadOnlyMemory<T> values, string bookmark, CancellationToken cancellationToken = default)
    {
        Check(bookmark);
        if (values.IsEmpty) throw new ArgumentException("A bookmark is stored with a value: there is none.", nameof(values));
        return writer.PutManyAsync(values, bookmark, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => writer.FlushAsync(cancellationToken);

    private static void Check(string bookmark)
    {
        ArgumentNullException.ThrowIfNull(bookmark);
        if (Encoding.UTF8.GetByteCount(bookmark) is > MaxBytes and var bytes)
            throw new ArgumentException($"The bookmark takes {bytes} bytes of UTF-8; it may take {MaxBytes}.", nameof(bookmark));
    }
}
