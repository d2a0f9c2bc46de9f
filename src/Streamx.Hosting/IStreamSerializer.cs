using System.Buffers;

namespace Streamx.Hosting;

/// <summary>Writes and reads the values of a stream that goes between processes.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <remarks>
/// Registered as a service, it takes the place of JSON. Called from any thread, also concurrently. An exception on writing is thrown
/// by the put, which then has not happened. An exception on reading is a failure of the consumer that is not retried: its
/// <see cref="ConsumerOptions.OnFailure"/> skips the value, without a letter, detaches the consumer, or else faults the stream.
/// </remarks>
public interface IStreamSerializer<T>
{
    /// <summary>The MIME type of the bytes; it is sent with each value.</summary>
    string ContentType { get; }

    /// <summary>Writes a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="writer">Takes the bytes. Do not keep it after the call.</param>
    void Serialize(T value, IBufferWriter<byte> writer);

    /// <summary>Reads a value.</summary>
    /// <param name="body">The bytes, valid during the call.</param>
    /// <returns>The value.</returns>
    T Deserialize(ReadOnlySpan<byte> body);
}
