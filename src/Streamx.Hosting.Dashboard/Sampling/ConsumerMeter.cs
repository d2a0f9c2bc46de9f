namespace Streamx.Hosting.Dashboard;

/// <summary>What one consumer has been doing in the last seconds, from samples.</summary>
internal sealed class ConsumerMeter
{
    /// <summary>How long a failure counts as recent, in seconds.</summary>
    internal const int FailureSeconds = 60;

    /// <summary>How many samples found it with a value in hand.</summary>
    private readonly RecentSeconds _busy = new();

    /// <summary>How many samples found it waiting in a put into another stream.</summary>
    private readonly RecentSeconds _outputWait = new();

    /// <summary>How many samples there were.</summary>
    private readonly RecentSeconds _samples = new();

    /// <summary>How long puts waited for it, in seconds.</summary>
    private readonly RecentSeconds _gating = new();

    /// <summary>How long it was sampled, in seconds.</summary>
    private readonly RecentSeconds _time = new();

    /// <summary>How often it failed, by second.</summary>
    private readonly RecentSeconds _failures = new(FailureSeconds);

    /// <summary>How often it had failed at the last sample; null before the first.</summary>
    private long? _lastFailures;

    /// <summary>Its subscription at the last sample; null before the first.</summary>
    private SubscriptionSnapshot? _last;

    /// <summary>How often it failed in the last minute, by faults and retries.</summary>
    internal long RecentFailures => (long)(_failures.Sum + _failures.Current);

    /// <summary>The traced value that it had in hand for the longest time.</summary>
    internal SlowestTrace Slowest { get; } = new();

    /// <summary>How long it has values in hand.</summary>
    internal DurationHistogram Durations { get; } = new();

    /// <summary>Which part of the time it had a value in hand and did not wait for its output; null until it is known.</summary>
    internal double? BusyRatio => _samples.Sum > 0 ? _busy.Sum / _samples.Sum : null;

    /// <summary>Which part of the time it had a value in hand and waited for its output; null until it is known.</summary>
    internal double? OutputWaitRatio => _samples.Sum > 0 ? _outputWait.Sum / _samples.Sum : null;

    /// <summary>Which part of the time puts waited for it; null until it is known.</summary>
    internal double? GatingRatio => _time.Sum > 0 ? Math.Min(1, _gating.Sum / _time.Sum) : null;

    /// <summary>How long puts waited for it in the last seconds.</summary>
    internal double GatingSeconds => _gating.Sum;

    /// <summary>Takes a sample.</summary>
    /// <param name="now">Its subscription; null before the start.</param>
    /// <param name="waitsForOutput">Whether a put of its code into another stream waits.</param>
    /// <param name="busy">Which part of its slots has something in hand, while it has.</param>
    /// <returns>How long puts have waited for it since the last sample, in seconds.</returns>
    internal double Look(SubscriptionSnapshot? now, bool waitsForOutput = false, double busy = 1)
    {
        var last = _last;
        _last = now;
        if (now is null) return 0;
        _samples.Add(1);
        if (now.HoldsValue) (waitsForOutput ? _outputWait : _busy).Add(busy);
        if (last is null) return 0;
        // A new subscription begins at zero.
        var isNew = now.Position < last.Position || now.TimeGating < last.TimeGating;
        var waited = (isNew ? now.TimeGating : now.TimeGating - last.TimeGating).TotalSeconds;
        _gating.Add(waited);
        return waited;
    }

    /// <summary>Samples its failures. Those before the first sample count as old, since their time is not known.</summary>
    internal void LookAtFailures(StreamxConsumerStatus now)
    {
        var failures = now.Faults + now.Retries;
        _failures.Add(failures - (_lastFailures ?? failures));
        _lastFailures = failures;
    }

    /// <summary>Ends a second.</summary>
    internal void EndSecond(double seconds)
    {
        _time.Add(seconds);
        foreach (var sum in (RecentSeconds[])[_busy, _outputWait, _samples, _gating, _time, _failures]) sum.EndSecond();
        Durations.EndSecond();
        Slowest.EndSecond();
    }

    /// <summary>Starts over after a pause: the next sample is not compared with the last.</summary>
    internal void Restart()
    {
        _last = null;
        foreach (var sum in (RecentSeconds[])[_busy, _outputWait, _samples, _gating, _time]) sum.Clear();
        for (var second = 0; second < DurationHistogram.Seconds; second++) Durations.EndSecond();
    }
}
