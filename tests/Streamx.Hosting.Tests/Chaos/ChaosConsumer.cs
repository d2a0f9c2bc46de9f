namespace Streamx.Hosting.Tests.Chaos;

/// <summary>One consumer, of whatever kind: its settings, how it behaves, and what it did.</summary>
internal sealed class ChaosConsumer
{
    private readonly ChaosHost _host;
    private readonly ChaosStream _stream;
    private readonly Dice _dice;
    private readonly Lock _gate = new();
    private readonly List<Attempt> _attempts = [];
    private readonly ConsumerFailure _onFailure;
    private readonly StallAction _onStall;
    private readonly int _retries;
    private readonly int _restarts;
    private readonly int _stallAfter;
    private readonly bool _scopePerValue;
    private readonly int _failures;
    private readonly int _delays;
    private readonly int _blocks;
    private readonly int _leaves;
    private readonly List<string> _violations = [];

    public ChaosConsumer(ChaosHost host, ChaosStream stream, string name, ChaosKind kind, bool isLatest, Dice dice)
    {
        (_host, _stream, _dice) = (host, stream, dice);
        (Name, Kind) = (name, kind);
        Mode = isLatest ? SubscriptionMode.Latest : SubscriptionMode.Every;
        _onFailure = dice.OneOf(ConsumerFailure.FaultStream, ConsumerFailure.Skip, ConsumerFailure.Skip, ConsumerFailure.Detach, ConsumerFailure.Restart);
        if (IsLoop && _onFailure == ConsumerFailure.Skip) _onFailure = ConsumerFailure.Restart;
        _onStall = dice.OneOf(StallAction.Warn, StallAction.Warn, StallAction.Detach, StallAction.FaultStream);
        _retries = IsLoop ? 0 : dice.OneOf(0, 0, 1, 3);
        _restarts = dice.OneOf(0, 2, int.MaxValue, int.MaxValue);
        _stallAfter = dice.OneOf(0, 0, 5, 30);
        _scopePerValue = dice.OneIn(2);
        _failures = dice.OneOf(0, 0, 5, 50, 200);
        _delays = dice.OneOf(0, 0, 30, 200);
        _blocks = host.IsCalm ? 0 : dice.OneOf(0, 0, 0, 10);
        _leaves = IsLoop ? dice.OneOf(0, 0, 5) : 0;
    }

    public string Name { get; }

    public ChaosKind Kind { get; }

    public SubscriptionMode Mode { get; }

    public bool IsLoop => Kind == ChaosKind.Loop;

    public bool SeesEvery => Mode == SubscriptionMode.Every;

    /// <summary>Whether a control action has taken it back in.</summary>
    public bool WasAttached { get; set; }

    /// <summary>Whether it may have left, so that what it does after that matters to nobody.</summary>
    public bool MayHaveLeft => WasDetached || WasAttached || _onStall == StallAction.Detach;

    /// <summary>Whether a control action has taken it out.</summary>
    public bool WasDetached { get; set; }

    /// <summary>How often one item may be tried.</summary>
    public long MaxTries => (_retries + 1) * (_onFailure == ConsumerFailure.Restart ? _restarts + 1L : 1);

    /// <summary>What its code did, in order.</summary>
    public IReadOnlyList<Attempt> Attempts
    {
        get
        {
            lock (_gate) return [.. _attempts];
        }
    }

    /// <summary>What should not have happened.</summary>
    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_gate) return [.. _violations];
        }
    }

    /// <summary>For a processor, where it puts.</summary>
    public ChaosStream? Output { get; init; }

    /// <summary>For a processor, what it puts with.</summary>
    public ChaosWriter? Writer { get; init; }

    public override string ToString() =>
        $"{Name}: {Kind} {Mode} {_onFailure} retry {_retries} restart {_restarts} stall {_stallAfter} ms {_onStall}, failures {_failures} delays {_delays} blocks {_blocks} leaves {_leaves}";

    public void Configure(ConsumerOptions options)
    {
        options.Mode = Mode;
        options.OnFailure = _onFailure;
        options.OnStall = _onStall;
        options.ScopePerValue = _scopePerValue;
        options.StallAfter = _stallAfter == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(_stallAfter);
        options.Retry = new RetryOptions { MaxAttempts = _retries, Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(3) };
        options.Restart = new RetryOptions { MaxAttempts = _restarts, Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(3) };
        if (options is BatchConsumerOptions batches)
        {
            batches.MaxBatchSize = 1 + _dice.Below(_dice.OneOf(3, 100));
            batches.MaxBatchWait = _dice.Milliseconds(4);
        }
    }

    /// <summary>Runs a loop of its own.</summary>
    public async Task RunLoopAsync(IAsyncEnumerable<long> values, CancellationToken abortToken)
    {
        using var work = _host.Work($"{_stream.Name}.{Name}");
        if (_dice.Permille(_failures / 2)) throw Failure();
        await foreach (var value in values.WithCancellation(_dice.OneIn(2) ? abortToken : CancellationToken.None))
        {
            await HandleAsync([value], abortToken);
            if (_dice.Permille(_leaves)) return;
        }

        if (_dice.Permille(_failures)) throw Failure();
    }

    /// <summary>Handles a value, or a batch.</summary>
    public async Task HandleAsync(long[] values, CancellationToken abortToken, IStreamWriter<long>? output = null)
    {
        using var work = _host.Work($"{_stream.Name}.{Name}");
        var attempt = new Attempt(values);
        lock (_gate) _attempts.Add(attempt);
        await ActAsync(abortToken);
        if (output is not null)
        {
            for (var i = _dice.Below(3); i > 0; i--) await Writer!.PutAsync(output, abortToken);
        }

        attempt.HasReturned = true;
    }

    private async Task ActAsync(CancellationToken abortToken)
    {
        if (_dice.Permille(_delays)) await _dice.PauseAsync(5, abortToken);
        if (_dice.Permille(_delays / 5)) await Task.Delay(_dice.Milliseconds(40), TimeProvider.System, CancellationToken.None);
        if (_dice.Permille(_blocks)) await BlockAsync(abortToken);
        if (_dice.Permille(_failures)) throw Failure();
    }

    /// <summary>Until it is told to abort. It may then come back as if nothing had happened.</summary>
    private async Task BlockAsync(CancellationToken abortToken)
    {
        var told = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, abortToken);
        if (_dice.OneIn(2)) await told;
        else await told.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!abortToken.IsCancellationRequested)
        {
            lock (_gate) _violations.Add("was released without being told to abort");
        }
    }

    private Exception Failure()
    {
        if (_dice.OneIn(10)) return new OperationCanceledException();
        if (_onFailure == ConsumerFailure.FaultStream && _retries == 0) _stream.NoteFatal(this);
        return new ChaosException();
    }
}
