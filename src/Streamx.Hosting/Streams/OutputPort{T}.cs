namespace Streamx.Hosting;

/// <inheritdoc/>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class OutputPort<T>(string? streamName) : OutputPort(streamName)
{
    private HostedStream<T>? _target;
    private HostedStreamWriter<T>? _writer;

    /// <summary>What the processor puts through. Connected before anything runs.</summary>
    internal IStreamWriter<T> Writer => _writer!;

    /// <inheritdoc/>
    internal override Type ValueType => typeof(T);

    /// <inheritdoc/>
    internal override HostedStream? Target => _target;

    /// <inheritdoc/>
    internal override bool Fits(HostedStream stream) => stream is HostedStream<T>;

    /// <inheritdoc/>
    internal override void Connect(HostedStream stream)
    {
        _target = (HostedStream<T>)stream;
        _writer = new HostedStreamWriter<T>(_target);
        _target.ExpectProcessor();
    }
}
