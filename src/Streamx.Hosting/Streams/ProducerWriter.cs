using Streamx.Engine;

namespace Streamx.Hosting.Streams;

/// <summary>The writer of a run of a registered producer: counts its puts, and holds them back while it is paused.</summary>
/// <param name="stream">The stream.</param>
/// <param name="pause">Pauses the producer.</param>
/// <param name="telemetry">Measures it.</param>
/// <param name="start">What the run begins with.</param>
internal sealed class ProducerWriter<T>(HostedStream<T> stream, ProducerPause pause, ProducerTelemetry telemetry, ProducerStart start)
    : IStreamWriter<T>, IProducerWriter<T>, IStreamClock
{
    private readonly StreamBackend<T> _backend = stream.Backend;

    /// <summary>The leader term that the run is bound to; null while it is not.</summary>
    private volatile ProducerTerm? _term;

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
    public IResumableWriter<T> AsResumable()
    {
        if (start.Term is not { } term) throw new NotSupportedException(start.Refusal);
        if (_hasPut && _term is null)
            throw new InvalidOperationException($"Producer '{term.Producer}' has put already: it calls AsResumable before its first put.");
        _term = term;
        term.Bind();
        return new ResumableWriter<T>(this, term);
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(T value, CancellationToken cancellationToken = default) => PutAsync(value, bookmark: null, cancellationToken);

    /// <summary>Puts a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="bookmark">Stored with it; null for none.</param>
    /// <param name="cancellationToken">Withdraws it.</param>
    internal ValueTask PutAsync(T value, string? bookmark, CancellationToken cancellationToken)
    {
        ConsumerMark.Check(stream);
        if (pause.IsPaused) return PutLaterAsync(value, bookmark, cancellationToken);
        var put = BeginPut(value, bookmark, cancellationToken);
        if (_hasPut) return put;
        if (!put.IsCompletedSuccessfully) return NoteAsync(put);
        _hasPut = true;
        return put;
    }

    /// <inheritdoc/>
    public bool TryPut(T value)
    {
        ConsumerMark.Check(stream);
        return !pause.IsPaused
            && (_term is { } term ? _backend.TryPut(value, term, telemetry) : _backend.TryPut(value, telemetry))
            && (_hasPut = true);
    }

    /// <inheritdoc/>
    public ValueTask PutManyAsync(ReadOnlyMemory<T> values, CancellationToken cancellationToken = default) =>
        PutManyAsync(values, bookmark: null, cancellationToken);

    /// <summary>Puts values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="bookmark">Stored with the last of them; null for none.</param>
    /// <param name="cancellationToken">Withdraws them.</param>
    internal ValueTask PutManyAsync(ReadOnlyMemory<T> values, string? bookmark, CancellationToken cancellationToken)
    {
        ConsumerMark.Check(stream);
        return PutManyAndNoteAsync(values, bookmark, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        return _backend.FlushAsync(cancellationToken);
    }

    private ValueTask BeginPut(T value, string? bookmark, CancellationToken cancellationToken) => _term is { } term
        ? _backend.PutAsync(value, term, bookmark, telemetry, cancellationToken)
        : _backend.PutAsync(value, telemetry, cancellationToken);

    private async ValueTask PutLaterAsync(T value, string? bookmark, CancellationToken cancellationToken)
    {
        await pause.WaitAsync(cancellationToken).ConfigureAwait(false);
        await NoteAsync(BeginPut(value, bookmark, cancellationToken)).ConfigureAwait(false);
    }

    private async ValueTask NoteAsync(ValueTask put)
    {
        await put.ConfigureAwait(false);
        _hasPut = true;
    }

    private async ValueTask PutManyAndNoteAsync(ReadOnlyMemory<T> values, string? bookmark, CancellationToken cancellationToken)
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
            await (_term is { } term
                ? _backend.PutManyAsync(values, term, bookmark, telemetry, cancellationToken)
                : _backend.PutManyAsync(values, telemetry, cancellationToken)).ConfigureAwait(false);
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
