namespace Streamx.Hosting.Tests.Chaos;

/// <summary>One producer: how much it puts, when it fails, how it ends.</summary>
internal sealed class ChaosProducer(ChaosHost host, ChaosStream stream, string name, Dice dice)
{
    private readonly ChaosWriter _writer = stream.AddWriter(dice.Split());
    private readonly int _count = !host.IsCalm && dice.OneIn(5) ? int.MaxValue : dice.Below(dice.OneOf(3, 20, 80));
    private readonly int _failures = dice.OneOf(0, 0, 0, 5, 50);
    private readonly int _pauses = dice.OneOf(0, 50, 300);
    private readonly bool _isDeaf = dice.OneIn(6);
    private readonly bool _restarts = dice.OneIn(2);
    private readonly int _restartAttempts = dice.OneOf(0, 2, int.MaxValue);
    private readonly bool _endsWithAFault = host.Ending == ChaosEnding.Fault && stream.Number == 0;
    private int _done;

    public string Name => name;

    public void Configure(ProducerOptions options)
    {
        if (_restarts && !_endsWithAFault) options.OnFailure = ProducerFailure.Restart;
        options.Restart = new RetryOptions { MaxAttempts = _restartAttempts, Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(3) };
    }

    public async Task ProduceAsync(IStreamWriter<long> output, CancellationToken stoppingToken)
    {
        using var work = host.Work($"{stream.Name}.{name}");
        while (_done < _count)
        {
            if (dice.Permille(_failures)) throw Failure();
            if (dice.Permille(_pauses) || _count == int.MaxValue) await dice.PauseAsync(4, stoppingToken);
            _done++;
            await _writer.PutAsync(output, stoppingToken);
            if (_endsWithAFault && dice.OneIn(20)) throw Failure();
            if (!_isDeaf || !stoppingToken.IsCancellationRequested) continue;
            await Task.Delay(dice.Milliseconds(60), TimeProvider.System, CancellationToken.None);
            return;
        }

        if (_endsWithAFault) throw Failure();
        if (host.Ending != ChaosEnding.Completion && dice.OneIn(3)) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stoppingToken);
    }

    private ChaosException Failure()
    {
        if (!_restarts || _endsWithAFault) stream.NoteFatal(this);
        return new ChaosException();
    }
}
