using Streamx.Engine;

namespace Streamx.Hosting;

/// <summary>What a registered producer puts through: counted, and held back while it is paused.</summary>
internal sealed class ProducerWriter<T>(HostedStream<T> stream, PauseGate gate, ProducerTelemetry telemetry) : IStreamWriter<T>, IStreamClock
{
    /// <summary>Whether a put has been accepted since this was last set to false.</summary>
    private volatile bool _hasPut;

    /// <inheritdoc cref="_hasPut"/>
    internal bool HasPut
    {
        get => _hasPut;
        set => _hasPut = value;
    }

    /// <inheritdoc/>
    public TimeProvider TimeProvider => stream.TimeProvider;

    /// <inheritdoc/>
    public ValueTask PutAsync(T value, CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        if (gate.IsPaused) return PutLaterAsync(value, cancellationToken);
        var put = PutNowAsync(value, cancellationToken);
        if (_hasPut) return put;
        if (!put.IsCompletedSuccessfully) return NoteAsync(put);
        _hasPut = true;
        return put;
    }

    /// <inheritdoc/>
    public bool TryPut(T value)
    {
        ConsumerMark.Check(stream);
        return !gate.IsPaused && (stream.Remote is { } remote ? remote.TryPut(value, telemetry) : stream.Stream.TryPut(value, telemetry)) && (_hasPut = true);
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        return stream.Remote is { } remote ? remote.FlushAsync(cancellationToken) : stream.Stream.FlushAsync(cancellationToken);
    }

    private async ValueTask PutLaterAsync(T value, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        await NoteAsync(PutNowAsync(value, cancellationToken)).ConfigureAwait(false);
    }

    private async ValueTask NoteAsync(ValueTask put)
    {
        await put.ConfigureAwait(false);
        _hasPut = true;
    }

    private ValueTask PutNowAsync(T value, CancellationToken cancellationToken) =>
        stream.Remote is { } remote ? remote.PutAsync(value, telemetry, cancellationToken) : stream.Stream.PutAsync(value, telemetry, cancellationToken);
}
