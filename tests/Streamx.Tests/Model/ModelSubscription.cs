namespace Streamx.Tests.Model;

/// <summary>One subscription of the model: an inbox, and what it took from there.</summary>
internal sealed class ModelSubscription(string name, SubscriptionMode mode, int batchSize, int joinedAt)
{
    private readonly List<string> _inbox = [];
    private readonly List<string> _hand = [];
    private int _finished;
    private int _abandoned;
    private int _overtaken;

    internal bool IsMember { get; set; }

    internal bool HasLeft { get; private set; }

    internal bool LeftByToken { get; private set; }

    internal bool ToldTheEnd { get; private set; }

    internal ModelOperation? PendingRead { get; set; }

    internal bool Gates => mode == SubscriptionMode.Every;

    internal int Lag => _inbox.Count + _hand.Count;

    internal int Position => joinedAt + _finished + _abandoned + _overtaken;

    internal bool CanTake => _inbox.Count > 0 && !HasLeft;

    internal void Receive(IReadOnlyCollection<string> values)
    {
        _inbox.AddRange(values);
        if (!Gates)
        {
            var overtaken = Math.Max(0, _inbox.Count - 1);
            _overtaken += overtaken;
            _inbox.RemoveRange(0, overtaken);
        }

        if (_inbox.Count == 0) return;
        if (PendingRead is { } read) Take(read);
    }

    internal void Take(ModelOperation read)
    {
        var count = Math.Min(_inbox.Count, Math.Max(1, batchSize));
        _hand.AddRange(_inbox.Take(count));
        _inbox.RemoveRange(0, count);
        EndRead(read, Outcome.Took(_hand));
    }

    internal void FinishHand()
    {
        _finished += _hand.Count;
        _hand.Clear();
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
        _abandoned += _hand.Count;
        _hand.Clear();
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
        HoldsValue = _hand.Count > 0,
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
