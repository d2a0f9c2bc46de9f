namespace Streamx.Hosting;

/// <summary>Has producers resume their sources.</summary>
public static class ResumableWriterExtensions
{
    /// <summary>The writer of a registered producer as one that stores bookmarks. Called before the producer's first put.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="writer">The writer that the producer was given.</param>
    /// <returns>The same writer, with the bookmark that was stored when this process began to lead the stream.</returns>
    /// <remarks>
    /// From now on the run of the producer is part of the leader term of its process: when that is lost, the token of the producer is
    /// cancelled, and its puts that are not stored are refused. The producer is called again in the next term, with the bookmark of
    /// then; another process may have gone on from the one before.
    /// </remarks>
    /// <exception cref="InvalidOperationException">It is no writer of a registered producer, or the producer has put already.</exception>
    /// <exception cref="NotSupportedException">The stream is in memory, or what carries it stores no bookmarks.</exception>
    public static IResumableWriter<T> AsResumable<T>(this IStreamWriter<T> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return writer is IProducerWriter<T> own
            ? own.AsResumable()
            : throw new InvalidOperationException(
                "Only the writer that a registered producer is given can be resumable: bookmarks are stored by the producer's name. "
                + "Injected writers have none.");
    }
}
