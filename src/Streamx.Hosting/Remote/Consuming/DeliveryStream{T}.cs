using System.Diagnostics;

namespace Streamx.Hosting.Remote.Consuming;

/// <summary>The stream inside this process from which a consumer reads its deliveries. Only its loop puts into it.</summary>
/// <remarks>So retries, restarts, stalls and detaching work as in a stream in one process.</remarks>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class DeliveryStream<T>
{
    private readonly AsyncStream<Delivery<T>> _stream;

    /// <summary>Traces the values, by their position in this stream.</summary>
    private readonly StreamxTracing _tracing;

    /// <summary>Set when the consumer is attached.</summary>
    private readonly AsyncAutoResetEvent _attached = new();

    /// <inheritdoc cref="Attachment"/>
    private volatile object? _attachment;

    /// <summary>The consumer's present subscription, or its last one; null before the first.</summary>
    private volatile StreamSubscription<Delivery<T>>? _subscription;

    /// <summary>How many values have been put.</summary>
    private long _accepted;

    internal DeliveryStream(HostedStream<T> stream, ConsumerWorker<T> consumer)
    {
        _tracing = new StreamxTracing(stream.Name, stream.Options, stream.Telemetry.Metrics.Failures);
        consumer.TraceWith(_tracing);
        _stream = AsyncStream<Delivery<T>>.CreateHosted(new AsyncStreamOptions
        {
            Name = stream.Name,
            Window = WindowOf(consumer.Options, stream.Options.Window),
            // A put finds out that the consumer has left.
            WhenNoSubscribers = NoSubscribers.Throw,
            AllowSynchronousContinuations = stream.Options.AllowSynchronousContinuations,
            TimeProvider = stream.TimeProvider,
        });
        _stream.MeasuresPrecisely = true;
    }

    /// <summary>
    /// How many values the consumer may have here: what it can have in hand. With slots also those that others may finish before an older
    /// one, and those that wait for their key: what the stream's window allows.
    /// </summary>
    private static int WindowOf(ConsumerOptions options, int window) =>
        options.Concurrency > 1 ? window : options is BatchConsumerOptions batches ? Math.Min(window, batches.MaxBatchSize) : 1;

    /// <summary>The consumer's present attachment, as far as is known; null while it is not attached.</summary>
    internal object? Attachment => _attachment;

    /// <summary>Whether the consumer has not finished everything that was put.</summary>
    internal bool IsBehind => _subscription?.GetSnapshot() is { Lag: > 0 };

    /// <summary>How many values have been put.</summary>
    internal long ValuesAccepted => Interlocked.Read(ref _accepted);

    /// <summary>Ends when the stream has ended and the consumer has finished what was put; never faults.</summary>
    internal Task Drained => _stream.Drained;

    /// <summary>Attaches the consumer.</summary>
    internal StreamSubscription<Delivery<T>> Subscribe(SubscriptionOptions options)
    {
        var subscription = _stream.Subscribe(options);
        _subscription = subscription;
        _attachment = subscription;
        _attached.Set();
        return subscription;
    }

    /// <summary>The consumer has left, or is about to. Changes nothing if it has been attached again since.</summary>
    /// <param name="attachment">The attachment that has ended.</param>
    internal void NoteLeft(object? attachment) => Interlocked.CompareExchange(ref _attachment, null, attachment);

    /// <summary>Waits until the consumer is attached, and returns its attachment. For one caller at a time.</summary>
    internal async Task<object> WhenAttachedAsync(CancellationToken cancellationToken)
    {
        object? attachment;
        while ((attachment = _attachment) is null) await _attached.WaitAsync(cancellationToken).ConfigureAwait(false);
        return attachment;
    }

    /// <summary>Gives the consumer a value. Waits for room.</summary>
    /// <returns>Whether it has been given; false if the consumer has left.</returns>
    internal async ValueTask<bool> TryGiveAsync(Delivery<T> delivery, CancellationToken cancellationToken)
    {
        if (delivery.TraceParent is { } parent && ActivityContext.TryParse(parent, traceState: null, isRemote: true, out var context))
            _tracing.NoteCommit(ValuesAccepted, context);
        // Before the put: should it fail, an attachment that comes meanwhile has not ended.
        delivery.Attachment = _attachment;
        try
        {
            await _stream.PutAsync(delivery, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidOperationException or StreamFaultedException)
        {
            NoteLeft(delivery.Attachment);
            return false;
        }

        Interlocked.Increment(ref _accepted);
        delivery.WhenOut = _stream.FlushAsync(CancellationToken.None).AsTask();
        return true;
    }

    /// <summary>Waits until the consumer has settled everything that was put, or has left.</summary>
    internal ValueTask FlushAsync(CancellationToken cancellationToken) => _stream.FlushAsync(cancellationToken);

    /// <summary>Takes no more values: the consumer finishes what it has, and comes to its end.</summary>
    internal void Close() => _stream.BeginClose();

    /// <summary>Faults behind the values that the consumer has.</summary>
    internal void Fault(Exception error) => _stream.BeginFault(error);

    /// <summary>Takes the consumer out at once.</summary>
    internal void Abort(CancellationToken because) => _stream.Abort(because);
}
