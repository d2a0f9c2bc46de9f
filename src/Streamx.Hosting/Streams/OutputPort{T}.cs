namespace Streamx.Hosting.Streams;

/// <inheritdoc/>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class OutputPort<T>(string? streamName) : OutputPort(streamName)
{
    private HostedStream<T>? _target;
    private HostedStreamWriter<T>? _writer;
    private ProducerTelemetry? _telemetry;

    /// <summary>What the processor puts through. Connected before anything runs.</summary>
    internal IStreamWriter<T> Writer => _writer!;

    /// <inheritdoc/>
    internal override Type ValueType => typeof(T);

    /// <inheritdoc/>
    internal override HostedStream? Target => _target;

    /// <inheritdoc/>
    internal override bool Fits(HostedStream stream) => stream is HostedStream<T>;

    /// <inheritdoc/>
    internal override void Connect(HostedStream stream, ConsumerWorker processor)
    {
        _target = (HostedStream<T>)stream;
        var onlySlot = processor.OutputWaits.OfOnlySlot;
        _telemetry = _target.Telemetry.AddProducer(processor.Name, onlySlot is null ? null : new StageOutput(onlySlot, _target));
        _writer = new HostedStreamWriter<T>(_target, _telemetry, isOfSlots: onlySlot is null);
        _target.Inputs.ExpectProcessor();
    }

    /// <inheritdoc/>
    internal override void Start(Task over)
    {
        // A start that failed before it connected anything is ended like any other.
        if (_target is null) return;
        _telemetry!.Start();
        _target.Inputs.AddProcessor(EndAsync(over, _telemetry));
    }

    private static async Task EndAsync(Task over, ProducerTelemetry telemetry)
    {
        await over.ConfigureAwait(false);
        telemetry.Stop();
    }
}
