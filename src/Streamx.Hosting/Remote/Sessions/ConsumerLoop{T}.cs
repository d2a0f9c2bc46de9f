using System.Diagnostics.CodeAnalysis;

namespace Streamx.Hosting.Remote.Sessions;

/// <summary>Brings the values of a durable consumer to its worker in this process, and reports what the worker has finished.</summary>
/// <remarks>
/// It holds a session only while the worker is attached: otherwise the values go to the next process in line. Once the session is lost no
/// value is begun any more: see <see cref="SessionFence"/>.
/// </remarks>
/// <typeparam name="T">The type of the values.</typeparam>
[SuppressMessage("Design", "CA1001", Justification = "The token source has neither timers nor handles; the fence goes with its session.")]
internal sealed class ConsumerLoop<T>
{
    private readonly TransportSetup<T> _setup;
    private readonly IRemoteEvents _events;
    private readonly ReconnectWaits _waits;

    /// <summary>What the worker reads.</summary>
    private readonly DeliveryStream<T> _local;

    /// <summary>Takes what sessions deliver.</summary>
    private readonly DeliveryIntake<T> _intake;

    /// <summary>The values that do not come.</summary>
    private readonly LostValues _lost;

    /// <summary>Logs what a callback on a handler's token throws.</summary>
    private readonly Action<Exception> _onCallbackFailed;

    /// <summary>Cancelled when no more values are to be taken.</summary>
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The number up to which this process has finished everything that it received.</summary>
    private FinishedNumber _finished;

    /// <summary>The fence of the present session, or of the last one; null before the first.</summary>
    private SessionFence? _fence;

    /// <summary>The present session; null between sessions.</summary>
    private volatile ConsumerSession<T>? _session;

    /// <inheritdoc cref="HasReachedEnd"/>
    private volatile bool _hasReachedEnd;

    internal ConsumerLoop(
        HostedStream<T> stream, TransportSetup<T> setup, ConsumerWorker<T> consumer, IRemoteEvents events, Task mayDeliver)
    {
        (Name, StartsFrom) = (consumer.Name, consumer.Options.StartFrom);
        _setup = setup;
        _events = events;
        _waits = new ReconnectWaits(events, stream.TimeProvider);
        _local = new DeliveryStream<T>(stream, consumer);
        _lost = new LostValues(Name, events);
        var reader = new ValueReader<T>(stream, setup.Serializer, setup.MaxValueBytes, consumer);
        _intake = new DeliveryIntake<T>(_local, reader, _lost, events, consumer.Options.OnFailure, mayDeliver);
        _onCallbackFailed = error => Log.TokenCallbackFailed(stream.Logger, error, stream.Name);
    }

    /// <summary>The consumer's name.</summary>
    internal string Name { get; }

    /// <summary>Where it begins when it is first registered.</summary>
    internal StartFrom StartsFrom { get; }

    /// <inheritdoc cref="DeliveryStream{T}.ValuesAccepted"/>
    internal long ValuesAccepted => _local.ValuesAccepted;

    /// <summary>How many values this consumer has not received and will not receive.</summary>
    internal long ValuesLost => _lost.Count;

    /// <summary>Whether the stream's end has come.</summary>
    internal bool HasReachedEnd => _hasReachedEnd;

    /// <summary>Whether the consumer's values come to this process, as far as it knows.</summary>
    internal bool IsActive => _session is { IsActive: true };

    /// <summary>Whether values have come that are not finished.</summary>
    internal bool IsBehind => _local.IsBehind;

    /// <summary>Attaches the consumer.</summary>
    internal StreamSubscription<Delivery<T>> Subscribe(SubscriptionOptions options) => _local.Subscribe(options);

    /// <summary>Takes no more values, and closes the consumer's stream: it finishes what it has.</summary>
    internal void Stop()
    {
        _ = _stop.CancelAsync();
        _local.Close();
    }

    /// <summary>Takes no more values, and faults the consumer's stream behind those it has.</summary>
    internal void Fault(Exception error)
    {
        _local.Fault(error);
        _ = _stop.CancelAsync();
    }

    /// <summary>Takes the consumer out at once.</summary>
    internal void Abort(CancellationToken because)
    {
        _local.Abort(because);
        _ = _stop.CancelAsync();
    }

    /// <summary>Joins whenever the consumer is attached, until the stream ends or it is stopped. It does not fault.</summary>
    internal async Task RunAsync(CancellationToken abort)
    {
        while (!_stop.IsCancellationRequested && !_hasReachedEnd)
        {
            try
            {
                var attachment = await _local.WhenAttachedAsync(_stop.Token).ConfigureAwait(false);
                _events.OnSessionWanted(Name);
                await JoinAsync(attachment, abort).ConfigureAwait(false);
                _events.OnSessionOver(Name);
            }
            catch (Exception error) when (error is TransportException or OperationCanceledException)
            {
                if (_stop.IsCancellationRequested) break;
                await _waits.WaitAsync(error, Name, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        _events.OnSessionOver(Name);
        await _local.Drained.ConfigureAwait(false);
    }

    private async Task JoinAsync(object attachment, CancellationToken abort)
    {
        if (StartsFrom != StartFrom.Now) await _setup.Transport.RegisterAsync([Name], StartsFrom, _stop.Token).ConfigureAwait(false);
        var joined = await _setup.Transport.JoinAsync(Name, _stop.Token).ConfigureAwait(false);
        await using (joined.ConfigureAwait(false))
        {
            _events.OnSession(Name);
            _waits.OnOpened();
            // No handler has a value of the session before in hand any more: its run waited for them, or they have been taken out.
            _fence?.Dispose();
            _fence = new SessionFence(joined, _onCallbackFailed);
            var session = new ConsumerSession<T>(Name, joined, _fence, _local, _events);
            _session = session;
            try
            {
                _hasReachedEnd = await session.RunAsync(_intake, _finished, _stop.Token, abort).ConfigureAwait(false);
            }
            finally
            {
                _session = null;
            }

            if (session.Finished.IsBeyond(_finished)) _waits.OnUse();
            if (session.Finished != default) _finished = _finished.With(session.Finished.StreamId, session.Finished.Sequence);
            // The consumer has left, and may be attached again: the session was not lost.
            if (_hasReachedEnd || _stop.IsCancellationRequested || _local.Attachment != attachment) return;
            throw await session.CauseAsync().ConfigureAwait(false);
        }
    }
}
