namespace Streamx.Hosting;

/// <summary>The writer of a producer that resumes its source where it was: it stores a bookmark together with values.</summary>
/// <remarks>Got by <see cref="ResumableWriterExtensions.AsResumable{T}"/>. As any writer, it is safe from any thread.</remarks>
/// <typeparam name="T">The type of the values.</typeparam>
public interface IResumableWriter<T> : IStreamWriter<T>
{
    /// <summary>
    /// What a producer of this name stored last, in whatever process: where its source goes on. Null for none. Of concurrent puts the last
    /// that is stored counts.
    /// </summary>
    string? Bookmark { get; }

    /// <summary>Puts a value, as <see cref="IStreamWriter{T}.PutAsync"/>, and stores the bookmark in the same commit.</summary>
    /// <param name="value">The value.</param>
    /// <param name="bookmark">What the source goes on from behind this value, in its own terms: at most 1,024 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Withdraws the put while it waits.</param>
    /// <exception cref="ArgumentException">The bookmark is longer.</exception>
    /// <exception cref="OperationCanceledException">
    /// The put was cancelled; or the producer's leader term is over, and the next one begins at the bookmark that was stored.
    /// </exception>
    ValueTask PutAsync(T value, string bookmark, CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts values, as <see cref="IStreamWriter{T}.PutManyAsync"/>, and stores the bookmark in the same commit as the last of them.
    /// </summary>
    /// <param name="values">The values, at least one.</param>
    /// <param name="bookmark">What the source goes on from behind the last of them.</param>
    /// <param name="cancellationToken">Withdraws the values that wait.</param>
    /// <remarks>
    /// Values that are no more than the window, and no larger than what may be under way, are all in that commit. Of more values the first
    /// may be stored without the bookmark, and put again when the producer resumes.
    /// </remarks>
    /// <exception cref="ArgumentException">The bookmark is longer than 1,024 bytes, or there are no values.</exception>
    /// <exception cref="OperationCanceledException">As for <see cref="PutAsync(T, string, CancellationToken)"/>.</exception>
    ValueTask PutManyAsync(ReadOnlyMemory<T> values, string bookmark, CancellationToken cancellationToken = default);
}
