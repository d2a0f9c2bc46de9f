using System.Threading.Channels;

namespace Streamx.Hosting;

/// <summary>What the producers of this process put into a stream between processes: in a row, within the window, and again after a break.</summary>
/// <remarks>
/// <para>One loop leads the stream whenever it can. Puts wait in a queue for their turn; the head waits until every registered name
/// has finished up to its number minus the window, and is appended; its caller hears of it when it is confirmed. So several puts may
/// be unconfirmed, never more than the window.</para>
/// <para>What has been appended is kept until everybody has finished it. If the session is lost and nobody else has led since, it is
/// put again under the same numbers, which consumers recognise. If somebody has, what was not confirmed is put anew.</para>
/// </remarks>
internal sealed class RemoteProducers
{
    /// <summary>What all producers of this process are called together.</summary>
    internal const string Who = "producers";

    private readonly IStreamTransport _transport;
    private readonly IRemoteHost _host;
    private readonly int _window;
    private readonly TimeProvider _clock;

    /// <summary>Guards everything below.</summary>
    private readonly Lock _gate = new();

    /// <summary>Puts that have not been appended, first come first served.</summary>
    private readonly LinkedList<RemotePut> _waiting = new();

    /// <summary>What has been appended and is not finished by everybody, in order.</summary>
    private readonly Queue<RemotePut> _sent = new();

    /// <summary>Rung when there may be something to do.</summary>
    private readonly Bell _bell = new();

    /// <summary>Ends when this process first leads.</summary>
    private readonly TaskCompletionSource _led = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The session while it can be appended to; null otherwise.</summary>
    private ILeadSession? _session;

    /// <summary>The present turn, or else the next; null once there will be none.</summary>
    private TaskCompletionSource<LeadTurn?> _turn = NewTurn();

    /// <summary>What waits to be confirmed in the present session.</summary>
    private Channel<(RemotePut Put, Task Confirmed)>? _confirming;

    /// <summary>The number of the next value.</summary>
    private long _next = 1;

    /// <summary>The epoch this process led under last; zero for never.</summary>
    private long _epoch;

    /// <summary>How many values have been confirmed.</summary>
    private long _accepted;

    /// <summary>Whether no more puts are taken: the loop ends when those there are have been confirmed.</summary>
    private bool _isClosing;

    /// <summary>Whether the stream ends with them.</summary>
    private bool _endsStream;

    /// <summary>The end, once it has been queued.</summary>
    private RemotePut? _end;

    /// <summary>Prepares it.</summary>
    /// <param name="transport">Carries the stream.</param>
    /// <param name="host">What it is part of.</param>
    /// <param name="window">How many values may be unfinished.</param>
    /// <param name="clock">The stream's clock.</param>
    internal RemoteProducers(IStreamTransport transport, IRemoteHost host, int window, TimeProvider clock)
    {
        _transport = transport;
        _host = host;
        _window = window;
        _clock = clock;
    }

    /// <summary>Ends when this process first leads the stream.</summary>
    internal Task WhenLed => _led.Task;

    /// <summary>How many values of this process have been confirmed.</summary>
    internal long ValuesAccepted => Interlocked.Read(ref _accepted);

    /// <summary>How many puts wait, or are not confirmed.</summary>
    internal int Pending
    {
        get
        {
            lock (_gate) return _waiting.Count + _sent.Count(put => !put.IsConfirmed);
        }
    }

    /// <summary>The registered names, how far each is behind and where it runs; null unless this process leads.</summary>
    internal IReadOnlyList<StreamxRemoteName>? DescribeNames()
    {
        NameProcesses processes;
        List<(string Name, long? Lag, bool IsGating)> names;
        lock (_gate)
        {
            if (_session is null) return null;
            processes = _session.Processes;
            var needed = _waiting.Count == 0 ? long.MinValue : _next - _window;
            names = [.. _session.Positions.Snapshot().Select(name => (name.Key, LagOfLocked(name.Value), name.Value < needed))];
        }

        return [.. names.OrderBy(name => name.Name, Names.Comparer).Select(name => processes.Describe(name.Name, name.Lag, name.IsGating))];
    }

    /// <summary>How many values a name that is at a position has not finished; null if it has not said where it is.</summary>
    private long? LagOfLocked(long position) => position == NamePositions.Unknown ? null : Math.Max(0, _next - 1 - position);

    /// <summary>How long the first put has waited for the names; null if none waits, or this process does not lead.</summary>
    internal TimeSpan? OldestWait
    {
        get
        {
            lock (_gate) return _session is null || _waiting.First is not { } head ? null : _clock.GetElapsedTime(head.Value.HeadSince);
        }
    }

    /// <summary>Whether this process leads now.</summary>
    internal bool IsLeading
    {
        get
        {
            lock (_gate) return _session is not null;
        }
    }

    /// <summary>Puts a value.</summary>
    /// <returns>Whether it has been taken; false once the stream is closing.</returns>
    internal bool TryQueue(RemotePut put, CancellationToken cancellationToken)
    {
        var now = _clock.GetTimestamp();
        LinkedListNode<RemotePut> node;
        lock (_gate)
        {
            if (_isClosing) return false;
            put.Queue(isHead: _waiting.Count == 0, now);
            node = _waiting.AddLast(put);
        }

        Ring();
        if (cancellationToken.CanBeCanceled)
        {
            var registration = cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    var (producers, node) = ((RemoteProducers, LinkedListNode<RemotePut>))state!;
                    producers.Withdraw(node, token);
                },
                (this, node));
            put.OnEnd(registration);
        }

        return true;
    }

    /// <summary>Appends a value if that needs no wait.</summary>
    internal bool TryAppend(RemotePut put)
    {
        lock (_gate)
        {
            if (_session is null || _isClosing || _waiting.Count > 0 || !_session.Positions.HaveReached(_next - _window)) return false;
            AppendLocked(put);
            return true;
        }
    }

    /// <summary>Waits until every name has finished what this process has put before.</summary>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        RemotePut? last;
        lock (_gate) last = _waiting.Last?.Value ?? _sent.LastOrDefault();
        if (last is null) return;
        await last.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            Task<LeadTurn?> leading;
            lock (_gate) leading = _turn.Task;
            // Between two turns what was not finished is kept, and its positions are known again with the next.
            var turn = await leading.WaitAsync(cancellationToken).ConfigureAwait(false)
                ?? throw new StreamClosedException("The stream has been left to other processes before everything was finished: nobody here hears of it any more.");
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var reached = turn.Session.Positions.WaitAsync(last.Sequence, either.Token);
            if (await Task.WhenAny(reached, turn.WhenOver).ConfigureAwait(false) == reached || turn.Session.Positions.HaveReached(last.Sequence))
            {
                await reached.ConfigureAwait(false);
                return;
            }

            await either.CancelAsync().ConfigureAwait(false);
            await ((Task)reached).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Takes no more puts.</summary>
    /// <param name="endsStream">Whether the stream ends behind those there are, rather than be left to the next in line.</param>
    internal void Close(bool endsStream)
    {
        lock (_gate)
        {
            _isClosing = true;
            _endsStream |= endsStream;
        }

        Ring();
    }

    /// <summary>Refuses whatever has not been confirmed.</summary>
    internal void Refuse(Exception because)
    {
        List<RemotePut> refused;
        var now = _clock.GetTimestamp();
        lock (_gate)
        {
            _isClosing = true;
            foreach (var (put, isHead) in _waiting.Select((put, i) => (put, i == 0))) put.LeaveQueue(isHead, now, default);
            refused = [.. _waiting, .. _sent.Where(put => !put.IsConfirmed)];
            _waiting.Clear();
        }

        foreach (var put in refused) put.Fail(because);
        Ring();
    }

    /// <summary>Leads whenever it can, until it is closed and everything has been confirmed. It does not fault.</summary>
    internal async Task RunAsync(IReadOnlyCollection<string> names, CancellationToken abort)
    {
        _host.OnSessionWanted(Who);
        try
        {
            await LeadUntilClosedAsync(names, abort).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _turn.TrySetResult(null);
            _host.OnSessionOver(Who);
        }
    }

    private async Task LeadUntilClosedAsync(IReadOnlyCollection<string> names, CancellationToken abort)
    {
        var waits = new ReconnectWaits(_host, _clock);
        while (!abort.IsCancellationRequested)
        {
            try
            {
                if (HasEndedBeforeLeading()) return;
                var session = await LeadAsync(names, abort).ConfigureAwait(false);
                if (session is null) return;
                await using (session.ConfigureAwait(false))
                {
                    if (session.WasClosed)
                    {
                        _host.OnEndedElsewhere();
                        return;
                    }

                    waits.Reset();
                    if (await RunAsync(session, abort).ConfigureAwait(false)) return;
                }
            }
            catch (Exception error) when (error is TransportException or OperationCanceledException)
            {
                if (abort.IsCancellationRequested) return;
                await waits.WaitAsync(error, Who, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Whether there is nothing that it would have to lead for any more.</summary>
    private bool HasEndedBeforeLeading()
    {
        lock (_gate) return _isClosing && !_endsStream && _waiting.Count == 0 && _sent.All(put => put.IsConfirmed);
    }

    /// <summary>Waits for the lead; null if it is no longer wanted.</summary>
    private async Task<ILeadSession?> LeadAsync(IReadOnlyCollection<string> names, CancellationToken abort)
    {
        using var unwanted = CancellationTokenSource.CreateLinkedTokenSource(abort);
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var leading = _transport.LeadAsync(names, unwanted.Token);
        while (!leading.IsCompleted)
        {
            await Task.WhenAny(leading, _bell.WaitAsync(listening.Token)).ConfigureAwait(false);
            if (!leading.IsCompleted && HasEndedBeforeLeading()) await unwanted.CancelAsync().ConfigureAwait(false);
        }

        await listening.CancelAsync().ConfigureAwait(false);
        try
        {
            return await leading.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (unwanted.IsCancellationRequested && !abort.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            Ring();
        }
    }

    /// <summary>Appends until the session is lost, or there is nothing more to come.</summary>
    /// <returns>Whether there is nothing more to come.</returns>
    private async Task<bool> RunAsync(ILeadSession session, CancellationToken abort)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var confirming = Channel.CreateUnbounded<(RemotePut, Task)>();
        var again = await BeginAsync(session).ConfigureAwait(false);
        var confirmations = ConfirmAsync(confirming.Reader);
        var lost = CancelWhenLostAsync(session, ended);
        LeadTurn? turn = null;
        try
        {
            foreach (var put in again)
            {
                await session.Positions.WaitAsync(put.Sequence - _window, ended.Token).ConfigureAwait(false);
                confirming.Writer.TryWrite((put, session.AppendAsync(ToValue(put))));
            }

            turn = new LeadTurn(session);
            lock (_gate)
            {
                (_session, _confirming) = (session, confirming);
                _turn.TrySetResult(turn);
            }

            _led.TrySetResult();
            _host.OnLeading(session.Epoch);
            await AppendAllAsync(session, ended.Token).ConfigureAwait(false);
            confirming.Writer.TryComplete();
            await confirmations.ConfigureAwait(false);
            if (_end is not null)
            {
                await session.Positions.WaitAsync(_end.Sequence, ended.Token).ConfigureAwait(false);
                // Everything is finished everywhere: there is nothing left that a flush would have to wait for.
                lock (_gate) _sent.Clear();
            }

            await session.ReleaseAsync(_end is not null, abort).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            var cause = await session.WhenLost.ConfigureAwait(false);
            throw new TransportException(cause.Message, cause);
        }
        finally
        {
            EndTurn(turn);
            confirming.Writer.TryComplete();
            await session.DisposeAsync().ConfigureAwait(false);
            await lost.ConfigureAwait(false);
            await confirmations.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The session can no longer be appended to.</summary>
    /// <param name="turn">Its turn; null if it did not come to have one.</param>
    private void EndTurn(LeadTurn? turn)
    {
        lock (_gate)
        {
            (_session, _confirming) = (null, null);
            if (turn is not null) _turn = NewTurn();
        }

        turn?.End();
    }

    private static TaskCompletionSource<LeadTurn?> NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Decides where the epoch begins.</summary>
    /// <returns>What is to be put again.</returns>
    private async Task<List<RemotePut>> BeginAsync(ILeadSession session)
    {
        List<RemotePut> again;
        List<RemotePut> known = [];
        long first;
        lock (_gate)
        {
            if (session.PreviousEpoch == _epoch && _epoch != 0)
            {
                // Nobody has led in between: the numbers are ours, and consumers know what they have.
                while (_sent.TryPeek(out var put) && put.Sequence <= session.LowestReceived)
                {
                    known.Add(put);
                    _sent.Dequeue();
                }

                first = _sent.TryPeek(out var oldest) ? oldest.Sequence : Math.Max(_next, session.HighestReceived + 1);
                again = [.. _sent];
            }
            else
            {
                first = session.HighestReceived + 1;
                _next = first;
                again = [.. _sent.Where(put => !put.IsConfirmed)];
                _sent.Clear();
                foreach (var put in again)
                {
                    put.Sequence = _next++;
                    _sent.Enqueue(put);
                }
            }

            if (again.Count == 0) _next = first;
        }

        foreach (var put in known) Confirm(put);
        await session.BeginAsync(first).ConfigureAwait(false);
        lock (_gate) _epoch = session.Epoch;
        return again;
    }

    private async Task AppendAllAsync(ILeadSession session, CancellationToken ended)
    {
        while (true)
        {
            long next;
            lock (_gate)
            {
                if (_waiting.Count == 0 && _isClosing && _endsStream && _end is null)
                {
                    _end = new RemotePut(default, NoPutObserver.Instance, trace: null) { IsEnd = true };
                    _end.Queue(isHead: true, _clock.GetTimestamp());
                    _waiting.AddLast(_end);
                }

                if (_waiting.Count == 0 && _isClosing) return;
                next = _waiting.Count == 0 ? 0 : _next;
            }

            if (next == 0)
            {
                await _bell.WaitAsync(ended).ConfigureAwait(false);
                continue;
            }

            var wait = await session.Positions.WaitAsync(next - _window, ended).ConfigureAwait(false);
            lock (_gate)
            {
                // It may have been withdrawn meanwhile, or TryAppend been quicker; then this is for whoever is first now.
                if (_waiting.First is not { } head || _next != next) continue;
                _waiting.RemoveFirst();
                var now = _clock.GetTimestamp();
                head.Value.LeaveQueue(wasHead: true, now, wait);
                _waiting.First?.Value.ReachHead(now);
                AppendLocked(head.Value);
            }
        }
    }

    private void AppendLocked(RemotePut put)
    {
        var lowest = _session!.Positions.Lowest;
        while (_sent.TryPeek(out var oldest) && oldest.IsConfirmed && oldest.Sequence <= lowest) _sent.Dequeue();
        put.Sequence = _next++;
        _sent.Enqueue(put);
        _confirming!.Writer.TryWrite((put, _session.AppendAsync(ToValue(put))));
    }

    private TransportValue ToValue(RemotePut put) =>
        new(put.Sequence, put.Body) { IsEnd = put.IsEnd, TraceParent = put.TraceParent, ContentType = put.IsEnd ? null : _host.ContentType };

    /// <summary>Tells callers in order. What is not confirmed stays for the next session.</summary>
    private async Task ConfirmAsync(ChannelReader<(RemotePut Put, Task Confirmed)> confirming)
    {
        await foreach (var (put, confirmed) in confirming.ReadAllAsync().ConfigureAwait(false))
        {
            await confirmed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (confirmed.IsCompletedSuccessfully) Confirm(put);
        }
    }

    private void Confirm(RemotePut put)
    {
        lock (_gate)
        {
            if (put.IsConfirmed) return;
            put.IsConfirmed = true;
        }

        if (!put.IsEnd) Interlocked.Increment(ref _accepted);
        put.Succeed();
    }

    private static async Task CancelWhenLostAsync(ILeadSession session, CancellationTokenSource ended)
    {
        await session.WhenLost.ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
    }

    private void Withdraw(LinkedListNode<RemotePut> node, CancellationToken token)
    {
        var now = _clock.GetTimestamp();
        lock (_gate)
        {
            // Once it has been appended, cancelling does nothing: a put is all or none.
            if (node.List is null) return;
            var wasHead = _waiting.First == node;
            _waiting.Remove(node);
            node.Value.LeaveQueue(wasHead, now, default);
            if (wasHead) _waiting.First?.Value.ReachHead(now);
        }

        node.Value.Fail(new OperationCanceledException(token));
        Ring();
    }

    private void Ring() => _bell.Ring();
}
