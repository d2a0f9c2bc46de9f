namespace Streamx.Hosting;

/// <summary>How a stream goes between processes: an engine, and what hosting needs beside it.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <param name="Transport">What carries it.</param>
/// <param name="Serializer">Writes and reads its values.</param>
/// <param name="Reconnect">The waits before a lost session is opened again.</param>
public sealed record TransportSetup<T>(IStreamTransport Transport, IStreamSerializer<T> Serializer, RetryOptions Reconnect)
{
    /// <summary>The most bytes that a value may take as it is written.</summary>
    public int MaxValueBytes { get; init; } = int.MaxValue;

    /// <summary>How many bytes the values that not every consumer has finished may have together, unless there is only one.</summary>
    public long MaxBytesUnderWay { get; init; } = long.MaxValue;

    /// <summary>Whether a process that stops ends the stream, rather than hand it over to the next in line.</summary>
    public bool EndsOnShutdown { get; init; }
}
