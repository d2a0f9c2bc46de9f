using System.Globalization;

namespace Streamx.Hosting.Failures;

/// <summary>Applies a consumer's options when it holds a value for too long.</summary>
/// <typeparam name="T">The type of the stream's values.</typeparam>
internal sealed class StallPolicy<T>
{
    private readonly ConsumerWorker<T> _consumer;
    private readonly HostedStream<T> _stream;

    /// <summary>Detects the stall.</summary>
    private readonly StallWatchdog _watchdog;

    internal StallPolicy(ConsumerWorker<T> consumer, HostedStream<T> stream)
    {
        _consumer = consumer;
        _stream = stream;
        _watchdog = new StallWatchdog(
            consumer.Options.StallAfter,
            stream.TimeProvider,
            () => consumer.Subscription,
            consumer.OutputWaits,
            OnStall,
            OnOver,
            consumer.Slots.Count > 1 ? () => consumer.Telemetry.OldestHeldSince : null);
    }

    /// <inheritdoc cref="StallWatchdog.IsStalled"/>
    internal bool IsStalled => _watchdog.IsStalled;

    /// <inheritdoc cref="StallWatchdog.Start"/>
    internal void Start() => _watchdog.Start();

    /// <inheritdoc cref="StallWatchdog.Stop"/>
    internal void Stop() => _watchdog.Stop();

    private void OnStall(TimeSpan age)
    {
        var options = _consumer.Options;
        var item = _consumer.OldestInHand;
        Log.ConsumerStalled(
            _stream.Logger,
            _stream.Name,
            _consumer.Name,
            item,
            age.TotalSeconds,
            _stream.Backend.GetSnapshot([]).ValuesWaiting,
            HolderText.AlsoHolds(_stream.Name, _consumer.Name, _stream.Others.Select(other => other.GetStatus())),
            options.OnStall switch { StallAction.Warn => "warn only", StallAction.Detach => "detach it", _ => "fault the stream" });
        switch (options.OnStall)
        {
            case StallAction.Warn:
                // The end of the stall is noticed when the value is finished, rather than at the next callback of the timer. It may have
                // been finished before this callback is set, so the value is checked once more.
                _consumer.WhenFinished = _watchdog.Look;
                _watchdog.Look();
                break;
            case StallAction.Detach:
                if (!_consumer.TryDetach(StreamxDetachCause.Stall)) break;
                // Counted before it leaves: where values without a consumer are discarded, the last one must not leave a gap.
                _stream.OnConsumerLeft(_consumer, "stalled and was detached");
                _consumer.Leave();
                break;
            case StallAction.FaultStream when !_consumer.HasFailed:
                var error = new TimeoutException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Consumer '{_consumer.Name}' of stream '{_stream.Name}' has held {item} for {age.TotalSeconds:F1} s, "
                    + $"longer than its StallAfter of {options.StallAfter.TotalSeconds:F1} s."));
                _consumer.Fail(error, item);
                break;
        }
    }

    private void OnOver()
    {
        _consumer.WhenFinished = null;
        Log.ConsumerRecovered(_stream.Logger, _stream.Name, _consumer.Name);
    }
}
