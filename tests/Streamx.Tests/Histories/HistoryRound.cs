using Streamx.Tests.Schedules;

namespace Streamx.Tests.Histories;

/// <summary>One stream, used by several threads at random, whose history is checked afterwards.</summary>
internal sealed class HistoryRound
{
    private readonly Disorder _disorder;
    private readonly History _history;

    internal HistoryRound(int seed)
    {
        _disorder = new Disorder(seed);
        _history = new History(_disorder.OneOf(1, 1, 1, 2, 3, 8)) { HasObserver = !_disorder.OneIn(4) };
        Stream = new AsyncStream<PutCall>(new AsyncStreamOptions
        {
            Name = "history",
            Window = _history.Window,
            AllowSynchronousContinuations = _disorder.OneIn(3),
            WhenNoSubscribers = _disorder.OneOf(NoSubscribers.Wait, NoSubscribers.Discard, NoSubscribers.Throw),
        });
    }

    internal async Task RunAsync()
    {
        var consumers = new List<Task>();
        if (_history.HasObserver) consumers.Add(new HistoryConsumer(Stream, _history, 0, Seed(), isObserver: true).RunAsync());
        for (var i = _disorder.Below(5); i >= 0; i--)
        {
            var consumer = new HistoryConsumer(Stream, _history, i + 1, Seed(), isObserver: false);
            consumers.Add(Task.Run(consumer.RunAsync));
        }

        var producers = new List<Task>();
        for (var i = _disorder.Below(4); i >= 0; i--)
        {
            var producer = new HistoryProducer(Stream, _history, i, Seed());
            producers.Add(Task.Run(producer.RunAsync));
        }

        if (_history.HasObserver && _disorder.OneIn(2)) await Task.WhenAll(producers);
        else for (var i = _disorder.Below(30); i > 0; i--) await _disorder.PauseAsync(yields: 10);
        await EndAsync();
        await Task.WhenAll(consumers.Concat(producers));

        _history.Accepted = Stream.GetSnapshot().ValuesPut;
        var commits = new Commits(_history);
        PutChecks.Check(_history, commits);
        SubscriptionChecks.Check(_history, commits);
        LockStepChecks.Check(_history, commits);
    }

    internal string Describe() => $"{Stream.GetSnapshot()}{Environment.NewLine}{_history.Describe()}";

    private AsyncStream<PutCall> Stream { get; }

    private int Seed() => _disorder.Below(int.MaxValue);

    private async Task EndAsync()
    {
        if (_disorder.OneIn(4)) Fault();
        await _disorder.PauseAsync();
        _history.CloseInvoked = _history.Clock.Tick();
        var closing = Stream.CloseAsync();
        _history.CloseReturned = _history.Clock.Tick();
        if (_disorder.OneIn(6)) Fault();
        await closing;
    }

    private void Fault()
    {
        if (_history.FaultReturned != HistoryClock.Never) return;
        _history.FaultInvoked = _history.Clock.Tick();
        if (Stream.TryFault(new FormatException("a random fault"))) _history.FaultReturned = _history.Clock.Tick();
    }
}
