using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>Listens to the activities and instruments of the package, and throws at one kind of call.</summary>
internal sealed class ThrowingObserver : IDisposable
{
    private readonly ActivityListener? _activities;
    private readonly MeterListener? _instruments;
    private readonly bool _followsCurrent;
    private int _count;

    public ThrowingObserver(ObserverCall at)
    {
        if (at is ObserverCall.InstrumentPublished or ObserverCall.Measured)
        {
            // The instruments of earlier hosts are published to the listener by its own start.
            var hasStarted = false;
            _instruments = new MeterListener
            {
                InstrumentPublished = (instrument, listener) =>
                {
                    if (!instrument.Meter.Name.StartsWith(StreamxSources.MeterName, StringComparison.Ordinal)) return;
                    ThrowIf(hasStarted && at == ObserverCall.InstrumentPublished);
                    listener.EnableMeasurementEvents(instrument);
                },
            };
            _instruments.SetMeasurementEventCallback<double>((_, _, _, _) => Throw());
            _instruments.SetMeasurementEventCallback<long>((_, _, _, _) => Throw());
            _instruments.Start();
            hasStarted = true;
            return;
        }

        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == StreamxSources.ActivitySourceName,
            Sample = (ref _) => at == ObserverCall.Sample ? Throw() : ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _ => ThrowIf(at == ObserverCall.ActivityStarted),
            ActivityStopped = _ => ThrowIf(at == ObserverCall.ActivityStopped),
        };
        ActivitySource.AddActivityListener(_activities);
        _followsCurrent = at == ObserverCall.CurrentChanged;
        if (_followsCurrent) Activity.CurrentChanged += OnCurrentChanged;
    }

    /// <summary>Whether it has thrown.</summary>
    public bool HasThrown => Volatile.Read(ref _count) > 0;

    public void Dispose()
    {
        if (_followsCurrent) Activity.CurrentChanged -= OnCurrentChanged;
        _activities?.Dispose();
        _instruments?.Dispose();
    }

    private void OnCurrentChanged(object? sender, ActivityChangedEventArgs change) =>
        ThrowIf((change.Current ?? change.Previous)?.Source.Name == StreamxSources.ActivitySourceName);

    private void ThrowIf(bool condition)
    {
        if (condition) Throw();
    }

    private ActivitySamplingResult Throw()
    {
        Interlocked.Increment(ref _count);
        throw new NotSupportedException("The exporter is gone.");
    }
}
