using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Brings the values of a durable consumer to its worker in this process, and reports what the worker has finished.</summary>
/// <remarks>
/// <para>The worker reads a local stream into which only this pump puts. So retries, restarts, stalls and detaching work as in a stream
/// in one process. Once the session is lost no value is begun any more: see <see cref="SessionFence"/>.</para>
/// <para>The pump holds a session only while the worker is attached: otherwise the values go to the next process in line.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The token source has neither timers nor handles.")]
internal sealed class ConsumerPump<T>
{
    private readonly TransportSetup<T> _setup;
    private readonly ConsumerWorker<T> _consumer;
    private readonly IRemoteHost _host;
    private readonly ReconnectWaits _waits;

    /// <summary>Ends when the consumer may be given values.</summary>
    private readonly Task _mayDeliver;

    private readonly ValueReader<T> _reader;

    /// <summary>Logs what a callback on a handler's token throws.</summary>
    private readonly Action<Exception> _onCallbackFailed;

    /// <summary>What the consumer reads.</summary>
    private readonly AsyncStream<T> _local;

    /// <summary>Traces its values, by their position in its stream.</summary>
    private readonly StreamxTracing _tracing;

    /// <summary>Cancelled when no more values are to be taken.</summary>
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Set when the consumer is attached.</summary>
    private readonly AsyncAutoResetEvent _signal = new();

    /// <summary>Whether the consumer is attached, as far as is known.</summary>
    private volatile bool _isAttached;

    /// <summary>Its present subscription.</summary>
    private volatile StreamSubscription<T>? _subscription;

    /// <summary>The number up to which this process has finished everything that it received.</summary>
    private FinishedNumber _finished;

    /// <summary>How many values the present subscription has been given.</summary>
    private long _given;

    /// <summary>How many values have been put into the consumer's stream.</summary>
    private long _accepted;

    /// <summary>How many values this consumer has not received and will not receive.</summary>
    private long _lost;

    /// <summary>The highest number of those.</summary>
    private long _lostUpTo;

    /// <summary>Whether the stream's end has come.</summary>
    private volatile bool _hasReachedEnd;

    /// <summary>The session while values are taken from it; null otherwise.</summary>
    private volatile IJoinSession? _session;

    internal ConsumerPump(HostedStream<T> stream, TransportSetup<T> setup, ConsumerWorker<T> consumer, IRemoteHost host, Task mayDeliver)
    {
        _mayDeliver = mayDeliver;
        _setup = setup;
        _consumer = consumer;
        _host = host;
        _waits = new ReconnectWaits(host, stream.TimeProvider);
        _reader = new ValueReader<T>(stream, setup.Serializer, setup.MaxValueBytes, consumer);
        _tracing = new StreamxTracing(stream.Name, stream.Options, stream.Telemetry.Metrics.Failures);
        consumer.TraceWith(_tracing);
        _onCallbackFailed = error => Log.TokenCallbackFailed(stream.Logger, error, stream.Name);
        IsBatched = consumer.Options is BatchConsumerOptions;
        var window = consumer.Options is BatchConsumerOptions batches ? Math.Min(stream.Options.Window, batches.MaxBatchSize) : 1;
        Deliveries = new RecentDeliveries(window);
        _local = AsyncStream<T>.CreateHosted(new AsyncStreamOptions
        {
            Name = stream.Name,
            Window = window,
            // A put finds out that the consumer has left.
            WhenNoSubscribers = NoSubscribers.Throw,
            AllowSynchronousContinuations = stream.Options.AllowSynchronousContinuations,
            TimeProvider = stream.TimeProvider,
        });
        _local.MeasuresPrecisely = true;
    }

    /// <summary>The consumer's name.</summary>
    internal string Name => _consumer.Name;

    /// <summary>Decides which of its values may be begun.</summary>
    internal SessionFence Fence { get; } = new();

    /// <summary>How the values in the consumer's stream came.</summary>
    internal RecentDeliveries Deliveries { get; }

    /// <summary>Whether several values are in the consumer's stream at a time.</summary>
    internal bool IsBatched { get; }

    /// <summary>How many values have come.</summary>
    internal long ValuesAccepted => Interlocked.Read(ref _accepted);

    /// <inheritdoc cref="_lost"/>
    internal long ValuesLost => Interlocked.Read(ref _lost);

    /// <inheritdoc cref="_hasReachedEnd"/>
    internal bool HasReachedEnd => _hasReachedEnd;

    /// <summary>Whether the consumer's values come to this process, as far as it knows.</summary>
    internal bool IsActive => _session is { IsActive: true };

    /// <summary>Whether values have come that are not finished.</summary>
    internal bool IsBehind => _subscription?.GetSnapshot() is { Lag: > 0 };

    /// <summary>Attaches the consumer.</summary>
    internal StreamSubscription<T> Subscribe(SubscriptionOptions options)
    {
        var subscription = _local.Subscribe(options);
        Interlocked.Exchange(ref _given, 0);
        _subscription = subscription;
        _isAttached = true;
        _signal.Set();
        return subscription;
    }

    /// <summary>Takes no more values, and closes the consumer's stream: it finishes what it has.</summary>
    internal void Stop()
    {
        _ = _stop.CancelAsync();
        _local.BeginClose();
    }

    /// <summary>Takes no more values, and faults the consumer's stream behind those it has.</summary>
    internal void Fault(Exception error)
    {
        _local.BeginFault(error);
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
                while (!_isAttached) await _signal.WaitAsync(_stop.Token).ConfigureAwait(false);
                _host.OnSessionWanted(Name);
                await JoinAsync(abort).ConfigureAwait(false);
                _host.OnSessionOver(Name);
            }
            catch (Exception error) when (error is TransportException or OperationCanceledException)
            {
                if (_stop.IsCancellationRequested) break;
                await _waits.WaitAsync(error, Name, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        _host.OnSessionOver(Name);
        await _local.Drained.ConfigureAwait(false);
    }

    private async Task JoinAsync(CancellationToken abort)
    {
        var session = await _setup.Transport.JoinAsync(Name, _stop.Token).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            _host.OnSession(Name);
            _waits.OnOpened();
            Fence.OnJoined(session, _onCallbackFailed);
            _session = session;
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            var isGivenUp = new StrongBox<bool>();
            var lost = EndWhenLostAsync(session, isGivenUp, ended);
            var overdue = EndWhenOverdueAsync(session, ended);
            var reports = new FinishReports(session, Fence, IsBatched, HasFinished);
            var reporting = ReportAsync(reports, ended);
            try
            {
                await PumpAsync(session, reports, ended.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Stopped, lost, or left: which of them is looked at below.
            }
            finally
            {
                _session = null;
                reports.Complete();
                if (session.WhenLost.IsCompleted || session.WhenOverdue.IsCompleted) Fence.OnLost(ValuesAccepted);
            }

            // The consumer finishes what it has in hand, and reports it if the session lasts: then it is not delivered again.
            await reporting.WaitAsync(abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (reports.Finished.IsBeyond(_finished)) _waits.OnUse();
            if (reports.Finished != default) _finished = _finished.With(reports.Finished.StreamId, reports.Finished.Sequence);
            if (!abort.IsCancellationRequested) await SettleAsync(session, abort).ConfigureAwait(false);
            if (_hasReachedEnd) _local.BeginClose();
            isGivenUp.Value = true;
            await session.DisposeAsync().ConfigureAwait(false);
            await lost.ConfigureAwait(false);
            await overdue.ConfigureAwait(false);
            if (!_hasReachedEnd && !_stop.IsCancellationRequested && _isAttached)
            {
                var cause = await (session.WhenOverdue.IsCompleted ? session.WhenOverdue : session.WhenLost).ConfigureAwait(false);
                throw new TransportException(ErrorText.Of(cause), cause);
            }
        }
    }

    private async Task SettleAsync(IJoinSession session, CancellationToken abort)
    {
        try
        {
            await session.SettleAsync(abort).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            // What could not be reported is delivered again, elsewhere or here; here it is then known to have been finished.
            _hasReachedEnd = false;
        }
    }

    /// <summary>Gives the consumer what the session delivers.</summary>
    private async Task PumpAsync(IJoinSession session, FinishReports reports, CancellationToken ended)
    {
        await session.Deliveries.WaitToReadAsync(ended).ConfigureAwait(false);
        await _mayDeliver.WaitAsync(ended).ConfigureAwait(false);
        // The consumer first settles what it had in hand when an earlier session was lost: this session may deliver the same values again.
        await _local.FlushAsync(ended).ConfigureAwait(false);
        await foreach (var delivery in session.Deliveries.ReadAllAsync(ended).ConfigureAwait(false))
        {
            if (delivery.IsEnd)
            {
                await _local.FlushAsync(ended).ConfigureAwait(false);
                // Since then a value may have been passed over; it will be delivered again.
                if (session.WhenLost.IsCompleted) return;
                // A process that puts came to open the stream again: an end decided before it came is not its end.
                if (delivery.IsPastEnd && _host.OpensStream)
                {
                    reports.Add(delivery, Task.CompletedTask, ValuesAccepted);
                    continue;
                }

                _hasReachedEnd = true;
                reports.Add(delivery, Task.CompletedTask, ValuesAccepted);
                return;
            }

            if (delivery.IsBeyondEnd)
            {
                // For processes that came later. The end itself has gone to another process of this consumer.
                await _local.FlushAsync(ended).ConfigureAwait(false);
                _hasReachedEnd = !session.WhenLost.IsCompleted;
                return;
            }

            if (delivery.LostFrom is { } first)
            {
                OnLost(Math.Max(first, _finished.StreamId == delivery.StreamId ? _finished.Sequence + 1 : first), delivery.Sequence);
                reports.Add(delivery, _local.FlushAsync(CancellationToken.None).AsTask(), ValuesAccepted);
                continue;
            }

            if (_finished.Covers(delivery))
            {
                reports.Add(delivery, Task.CompletedTask, ValuesAccepted);
                continue;
            }

            if (!_reader.TryRead(delivery, out var value))
            {
                _isAttached &= _consumer.Options.OnFailure != ConsumerFailure.Detach;
                if (_consumer.Options.OnFailure != ConsumerFailure.Skip) return;
                reports.Add(delivery, _local.FlushAsync(CancellationToken.None).AsTask(), ValuesAccepted);
                continue;
            }

            if (delivery.TraceParent is { } parent && ActivityContext.TryParse(parent, traceState: null, isRemote: true, out var context))
                _tracing.NoteCommit(ValuesAccepted, context);
            Deliveries.Note(ValuesAccepted, delivery);
            var position = ValuesAccepted;
            if (!await TryGiveAsync(value, ended).ConfigureAwait(false)) return;
            reports.Add(delivery, _local.FlushAsync(CancellationToken.None).AsTask(), position, Interlocked.Increment(ref _given));
        }
    }

    /// <summary>Values will not come. Reports each of them once, also where a session is lost before the report is durable.</summary>
    private void OnLost(long first, long last)
    {
        first = Math.Max(first, _lostUpTo + 1);
        if (first > last) return;
        _lostUpTo = last;
        Interlocked.Add(ref _lost, last - first + 1);
        _host.OnValuesLost(Name, first, last);
    }

    /// <summary>Puts a value into the consumer's stream, unless the consumer has left.</summary>
    private async ValueTask<bool> TryGiveAsync(T value, CancellationToken ended)
    {
        try
        {
            await _local.PutAsync(value, ended).ConfigureAwait(false);
            Interlocked.Increment(ref _accepted);
            return true;
        }
        catch (Exception error) when (error is InvalidOperationException or StreamFaultedException)
        {
            _isAttached = false;
            return false;
        }
    }

    /// <summary>
    /// Whether the consumer has finished that many values of its subscription. A consumer that has left may have dropped them instead.
    /// </summary>
    private bool HasFinished(long count) => _subscription is not { } subscription || subscription.GetSnapshot().ValuesFinished >= count;

    /// <summary>
    /// Reports what is finished. When the consumer left with unfinished values, ends the session, so that the next in line gets them.
    /// </summary>
    private async Task ReportAsync(FinishReports reports, CancellationTokenSource ended)
    {
        if (await reports.RunAsync().ConfigureAwait(false)) return;
        _isAttached = false;
        _hasReachedEnd = false;
        await ended.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Before values are given to another process, takes back what it can, so that no value is in two hands at once.</summary>
    private async Task EndWhenOverdueAsync(IJoinSession session, CancellationTokenSource ended)
    {
        if (await Task.WhenAny(session.WhenOverdue, session.WhenLost).ConfigureAwait(false) != session.WhenOverdue) return;
        _host.OnOverdue(Name, await session.WhenOverdue.ConfigureAwait(false));
        await ended.CancelAsync().ConfigureAwait(false);
        await Fence.OnOverdueAsync().ConfigureAwait(false);
    }

    private async Task EndWhenLostAsync(IJoinSession session, StrongBox<bool> isGivenUp, CancellationTokenSource ended)
    {
        var why = await session.WhenLost.ConfigureAwait(false);
        if (!isGivenUp.Value) _host.OnLost(Name, why);
        await ended.CancelAsync().ConfigureAwait(false);
    }
}
