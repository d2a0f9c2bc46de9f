namespace Streamx.Hosting.Streams;

/// <summary>The writer that a registered producer is given, whatever stands between.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
internal interface IProducerWriter<T>
{
    /// <inheritdoc cref="ResumableWriterExtensions.AsResumable{T}"/>
    IResumableWriter<T> AsResumable();
}
