using Streamx.Engine;

namespace Streamx.Hosting.Streams;

/// <summary>The writer of a registered producer: counts its puts, and holds them back while it is paused.</summary>
internal sealed class ProducerWriter<T>(HostedStream<T> stream, ProducerPause pause, ProducerTelemetry telemetry) : IStreamWriter<T>, IStreamClock
{
    private readonly StreamBackend<T> _backend = stream.Backend;

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
        if (pause.IsPaused) return PutLaterAsync(value, cancellationToken);
        var put = _backend.PutAsync(value, telemetry, cancellationToken);
        if (_hasPut) return put;
        if (!put.IsCompletedSuccessfully) return NoteAsync(put);
        _hasPut = true;
        return put;
    }

    /// <inheritdoc/>
    public bool TryPut(T value)
    {
        ConsumerMark.Check(stream);
        return !pause.IsPaused && _backend.TryPut(value, telemetry) && (_hasPut = true);
    }

    /// <inheritdoc/>
    public ValueTask PutManyAsync(ReadOnlyMemory<T> values, CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        return PutManyAndNoteAsync(values, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        return _backend.FlushAsync(cancellationToken);
    }

    private async ValueTask PutLaterAsync(T value, CancellationToken cancellationToken)
    {
        await pause.WaitAsync(cancellationToken).ConfigureAwait(false);
        await NoteAsync(_backend.PutAsync(value, telemetry, cancellationToken)).ConfigureAwait(false);
    }

    private async ValueTask NoteAsync(ValueTask put)
    {
        await put.ConfigureAwait(false);
        _hasPut = true;
    }

    private async ValueTask PutManyAndNoteAsync(ReadOnlyMemory<T> values, CancellationToken cancellationToken)
    {
        try
        {
            if (pause.IsPaused) await pause.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new StreamPutCanceledException("The put was cancelled while its producer was paused.", cancelled.CancellationToken);
        }

        try
        {
            await _backend.PutManyAsync(values, telemetry, cancellationToken).ConfigureAwait(false);
            if (!values.IsEmpty) _hasPut = true;
        }
        catch (Exception error) when (AcceptedBefore(error) > 0)
        {
            _hasPut = true;
            throw;
        }
    }

    private static int AcceptedBefore(Exception error) => error switch
    {
        StreamPutCanceledException cancelled => cancelled.AcceptedCount,
        StreamClosedException closed => closed.AcceptedCount,
        StreamFaultedException faulted => faulted.AcceptedCount,
        _ => 0,
    };
}
