namespace Streamx.Hosting.Streams;

/// <summary>The output of a processor: a stream that is found at start.</summary>
/// <param name="streamName">The name it was given; null for the only stream of the type.</param>
internal abstract class OutputPort(string? streamName)
{
    /// <summary>The name it was given; null for the only stream of the type.</summary>
    internal string? StreamName { get; } = streamName;

    /// <summary>The type of the values it puts.</summary>
    internal abstract Type ValueType { get; }

    /// <summary>The stream; null until it has been connected.</summary>
    internal abstract HostedStream? Target { get; }

    /// <summary>Whether a stream can take its values.</summary>
    internal abstract bool Fits(HostedStream stream);

    /// <summary>Connects the processor to it.</summary>
    internal abstract void Connect(HostedStream stream, ConsumerWorker processor);

    /// <summary>The processor has been started.</summary>
    /// <param name="over">Ends when it will put no more values. Does not fault.</param>
    internal abstract void Start(Task over);
}
