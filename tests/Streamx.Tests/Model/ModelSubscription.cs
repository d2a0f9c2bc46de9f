namespace Streamx.Tests.Model;

/// <summary>One subscription of the model: an inbox, and what it took from there.</summary>
internal sealed class ModelSubscription(string name, SubscriptionMode mode, int batchSize, int slots, int joinedAt)
{
    private readonly List<string> _inbox = [];
    private readonly List<string> _hand = [];

    /// <summary>The positions of what has been taken.</summary>
    private readonly List<int> _handPositions = [];

    /// <summary>Those of them that are not begun.</summary>
    private readonly HashSet<int> _notBegun = [];

    private readonly int _joinedAt = joinedAt;
    private int _next = joinedAt;
    private int _finished;
    private int _abandoned;
    private int _overtaken;

    /// <summary>How many values it had taken and not begun when it left.</summary>
    private int _neverBegun;

    internal bool IsMember { get; set; }

    internal bool HasLeft { get; private set; }

    internal bool LeftByToken { get; private set; }

    internal bool ToldTheEnd { get; private set; }

    internal ModelOperation? PendingRead { get; set; }

    internal bool Gates => mode == SubscriptionMode.Every;

    internal int Lag => _inbox.Count + _hand.Count + _neverBegun;

    internal bool FinishesInAnyOrder => slots > 0;

    /// <summary>Whether a consumer of that many slots begins values later than it takes them.</summary>
    internal static bool BeginsLater(int slots) => slots % 2 == 1;

    /// <summary>How many values a read of a consumer of that many slots takes at most.</summary>
    internal static int MaxTaken(int slots) => slots > 2 ? 2 : 1;

    /// <summary>The oldest value that is not behind it.</summary>
    internal int Position => FinishesInAnyOrder ? _handPositions.Count > 0 ? _handPositions.Min() : _next - _neverBegun : _joinedAt + _finished + _abandoned + _overtaken;

    /// <summary>How many values there are from its position on, finished ones included.</summary>
    internal int Unreleased => FinishesInAnyOrder ? _next - Position + _inbox.Count : Lag;

    internal bool CanTake => _inbox.Count > 0 && !HasLeft && !WaitsForItsHand;

    /// <summary>Whether it may take no more until it has finished a value.</summary>
    internal bool WaitsForItsHand => FinishesInAnyOrder && !HasLeft && _hand.Count == slots && _inbox.Count > 0;

    internal void Receive(IReadOnlyCollection<string> values)
    {
        _inbox.AddRange(values);
        if (!Gates)
        {
            var overtaken = Math.Max(0, _inbox.Count - 1);
            _overtaken += overtaken;
            _inbox.RemoveRange(0, overtaken);
        }

        if (!CanTake) return;
        if (PendingRead is { } read) Take(read);
    }

    internal void Take(ModelOperation read)
    {
        var count = Math.Min(_inbox.Count, FinishesInAnyOrder ? Math.Min(MaxTaken(slots), slots - _hand.Count) : Math.Max(1, batchSize));
        _hand.AddRange(_inbox.Take(count));
        EndRead(read, Outcome.Took(_inbox.Take(count)));
        _inbox.RemoveRange(0, count);
        _handPositions.AddRange(Enumerable.Range(_next, count));
        if (FinishesInAnyOrder && BeginsLater(slots)) _notBegun.UnionWith(Enumerable.Range(_next, count));
        _next += count;
    }

    /// <summary>Whether the finish of a value begins another, if there is one that is not begun, in the same step.</summary>
    internal static bool BeginsNext(int which) => which % 2 == 0;

    /// <summary>Finishes one of the values in hand, or begins it if it is not begun.</summary>
    internal bool FinishOne(int which)
    {
        if (_hand.Count == 0) return false;
        if (_notBegun.Remove(_handPositions[which % _handPositions.Count])) return false;
        if (_notBegun.Count > 0 && BeginsNext(which)) _notBegun.Remove(_notBegun.Min());
        _hand.RemoveAt(which % _hand.Count);
        _handPositions.RemoveAt(which % _handPositions.Count);
        _finished++;
        return true;
    }

    internal void FinishHand()
    {
        _finished += _hand.Count;
        _hand.Clear();
        _handPositions.Clear();
    }

    internal void TellTheEnd(ModelOperation read, StreamState state)
    {
        ToldTheEnd = true;
        EndRead(read, state == StreamState.Faulted ? Outcome.Faulted : Outcome.False);
    }

    internal void Leave(bool byToken)
    {
        HasLeft = true;
        LeftByToken = byToken;
        IsMember = false;
        _abandoned += _hand.Count - _notBegun.Count;
        _neverBegun = _notBegun.Count;
        _hand.Clear();
        _handPositions.Clear();
        _notBegun.Clear();
        if (PendingRead is { } read) TellItLeft(read);
    }

    internal void TellItLeft(ModelOperation read) => EndRead(read, LeftByToken ? Outcome.Cancelled : Outcome.False);

    internal SubscriptionSnapshot Snapshot(bool isGating) => new()
    {
        Name = name,
        Mode = mode,
        Position = Position,
        Lag = Lag,
        ValuesFinished = _finished,
        ValuesAbandoned = _abandoned,
        ValuesOvertaken = _overtaken,
        HoldsValue = _hand.Count > _notBegun.Count,
        HeldFor = TimeSpan.Zero,
        IsGating = isGating,
        TimeGating = TimeSpan.Zero,
    };

    private void EndRead(ModelOperation read, string outcome)
    {
        read.Outcome = outcome;
        PendingRead = null;
    }
}
