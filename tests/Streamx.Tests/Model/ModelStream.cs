namespace Streamx.Tests.Model;

/// <summary>The stream as the contract describes it: sequential, slow and obvious.</summary>
internal sealed class ModelStream(int window, NoSubscribers whenNoSubscribers) : ISubject
{
    private readonly List<ModelOperation> _puts = [];
    private readonly List<ModelOperation> _reads = [];
    private readonly List<ModelOperation> _flushes = [];
    private readonly List<ModelSubscription> _subscriptions = [];
    private readonly List<ModelSubscription> _members = [];
    private readonly List<ModelOperation> _waitingPuts = [];
    private readonly List<ModelOperation> _waitingFlushes = [];
    private readonly HashSet<int> _disposedReaders = [];
    private StreamState _state = StreamState.Open;
    private int _accepted;
    private int _discarded;
    private bool _drained;
    private bool _closeCalled;

    private IEnumerable<ModelSubscription> Gating => _members.Where(member => member.Gates);

    private bool NothingWillCommit => _state is StreamState.Faulted or StreamState.Closed || (_state == StreamState.Closing && _waitingPuts.Count == 0);

    public void Put(int put, PutToken token) => Begin(new ModelOperation($"put{put}") { Values = [StreamProgram.ValueOf(put)] }, token);

    public void PutMany(int put, int count, PutToken token) =>
        Begin(new ModelOperation($"put{put}") { Values = StreamProgram.ValuesOf(put, count), Accepted = 0 }, token);

    public void TryPut(int put)
    {
        var operation = Add(_puts, new ModelOperation($"put{put}") { Values = [StreamProgram.ValueOf(put)] });
        operation.Outcome = Outcome.Of(Admit() == Outcome.Completed);
        if (operation.Outcome == Outcome.Completed) Commit(operation);
    }

    public void CancelPut(int put)
    {
        if (!_waitingPuts.Remove(_puts[put])) return;
        _puts[put].Fail(Outcome.Cancelled);
        Settle();
    }

    public void Subscribe(int subscription, SubscriptionMode mode, int batchSize, int slots)
    {
        var joined = new ModelSubscription(StreamProgram.NameOf(subscription), mode, batchSize, slots, _accepted) { IsMember = _state == StreamState.Open };
        _subscriptions.Add(joined);
        if (joined.IsMember) _members.Add(joined);
        Settle();
    }

    public void Read(int read, int subscription)
    {
        var operation = Add(_reads, new ModelOperation($"read{read}"));
        var reader = _subscriptions[subscription];
        if (reader.PendingRead is not null)
        {
            operation.Outcome = Outcome.Refused;
            return;
        }

        if (!reader.FinishesInAnyOrder) reader.FinishHand();
        Settle();
        if (reader.HasLeft && !reader.ToldTheEnd) reader.TellItLeft(operation);
        else if (reader.CanTake) reader.Take(operation);
        else if (reader.WaitsForItsHand) reader.PendingRead = operation;
        else if (!reader.IsMember || NothingWillCommit) reader.TellTheEnd(operation, _state);
        else reader.PendingRead = operation;
    }

    public void Finish(int subscription, int which)
    {
        var reader = _subscriptions[subscription];
        if (!reader.FinishesInAnyOrder || !reader.FinishOne(which)) return;
        if (reader.PendingRead is { } read && reader.CanTake) reader.Take(read);
        Settle();
    }

    public void Leave(int subscription, Leaving how)
    {
        // A disposed reader no longer listens to its token.
        if (how == Leaving.CancelToken && _disposedReaders.Contains(subscription)) return;
        if (how == Leaving.DisposeReader) _disposedReaders.Add(subscription);
        var leaver = _subscriptions[subscription];
        if (leaver.HasLeft) return;
        leaver.Leave(byToken: how == Leaving.CancelToken);
        _members.Remove(leaver);
        Settle();
    }

    public void Flush(int flush)
    {
        var operation = Add(_flushes, new ModelOperation($"flush{flush}") { Target = _accepted });
        if (_state == StreamState.Faulted) operation.Outcome = Outcome.Faulted;
        else _waitingFlushes.Add(operation);
        Settle();
    }

    public void CancelFlush(int flush)
    {
        if (_waitingFlushes.Remove(_flushes[flush])) _flushes[flush].Outcome = Outcome.Cancelled;
    }

    public void Close()
    {
        _closeCalled = true;
        if (_state == StreamState.Open) _state = StreamState.Closing;
        Settle();
    }

    public void Fault()
    {
        if (_state is StreamState.Closed or StreamState.Faulted) return;
        _state = StreamState.Faulted;
        foreach (var waiting in _waitingPuts.Concat(_waitingFlushes)) waiting.Fail(Outcome.Faulted);
        _waitingPuts.Clear();
        _waitingFlushes.Clear();
        Settle();
    }

    public IReadOnlyList<string> Describe() =>
    [
        .. _puts.Concat(_reads).Concat(_flushes).Select(operation => $"{operation}"),
        .. _subscriptions.Select(subscription => $"{subscription.Snapshot(IsGating(subscription))}"),
        .. Report.Lines(
            _state, _accepted, _discarded, _waitingPuts.Sum(put => put.Values.Count), _members.Select(member => member.Snapshot(isGating: false).Name),
            completion: !_drained ? Outcome.Pending : _state == StreamState.Faulted ? Outcome.Faulted : Outcome.Completed,
            closing: _closeCalled ? Outcome.Of(_drained) : "not called"),
    ];

    private static ModelOperation Add(List<ModelOperation> list, ModelOperation operation)
    {
        list.Add(operation);
        return operation;
    }

    private void Begin(ModelOperation put, PutToken token)
    {
        Add(_puts, put);
        var outcome = token == PutToken.Cancelled ? Outcome.Cancelled : put.Values.Count > 0 || _state != StreamState.Open ? Admit() : Outcome.Completed;
        if (outcome == Outcome.Completed) Commit(put);
        else if (outcome != Outcome.Pending) put.Fail(outcome);
        if (put.Outcome == Outcome.Pending) _waitingPuts.Add(put);
    }

    private bool IsGating(ModelSubscription subscription) =>
        subscription is { IsMember: true, Gates: true } && _waitingPuts.Count > 0 && subscription.Unreleased >= window;

    /// <summary>What happens to a put made now.</summary>
    private string Admit() => _state switch
    {
        StreamState.Faulted => Outcome.Faulted,
        StreamState.Closing or StreamState.Closed => Outcome.Closed,
        _ => _waitingPuts.Count > 0 ? Outcome.Pending : DecideFirst(),
    };

    /// <summary>What happens to the put whose turn it is.</summary>
    private string DecideFirst()
    {
        if (Gating.Any()) return Gating.All(member => member.Unreleased < window) ? Outcome.Completed : Outcome.Pending;
        if (whenNoSubscribers == NoSubscribers.Discard) return Outcome.Completed;
        if (_state == StreamState.Closing) return Outcome.Closed;
        return whenNoSubscribers == NoSubscribers.Throw ? Outcome.Refused : Outcome.Pending;
    }

    /// <summary>Commits as many values as there is room for, at once.</summary>
    private void Commit(ModelOperation put)
    {
        var values = put.Values.Take(Gating.Any() ? window - Gating.Max(member => member.Unreleased) : int.MaxValue).ToList();
        put.Values = [.. put.Values.Skip(values.Count)];
        put.Accepted += values.Count;
        if (put.Values.Count == 0) put.Outcome = Outcome.Completed;
        _accepted += values.Count;
        if (!Gating.Any()) _discarded += values.Count;
        foreach (var member in _members) member.Receive(values);
    }

    /// <summary>Brings about everything that has become possible.</summary>
    private void Settle()
    {
        while (_waitingPuts.Count > 0 && DecideFirst() is var outcome && outcome != Outcome.Pending)
        {
            var put = _waitingPuts[0];
            if (outcome == Outcome.Completed) Commit(put);
            else put.Fail(outcome);
            if (put.Outcome != Outcome.Pending) _waitingPuts.RemoveAt(0);
        }

        foreach (var flush in _waitingFlushes.Where(flush => Gating.All(member => member.Position >= flush.Target))) flush.Outcome = Outcome.Completed;
        _waitingFlushes.RemoveAll(flush => flush.Outcome == Outcome.Completed);

        if (!NothingWillCommit) return;
        foreach (var member in _members)
            if (member.PendingRead is { } read && !member.WaitsForItsHand) member.TellTheEnd(read, _state);
        if (Gating.Any(member => member.Lag > 0)) return;
        _drained = true;
        if (_state == StreamState.Closing) _state = StreamState.Closed;
    }
}
