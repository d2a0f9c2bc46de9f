using System.Diagnostics.Metrics;

namespace Streamx.Hosting.Dashboard;

/// <summary>
/// Times how long values are in hand, with the streams' own instrument, for a limited number of values between two samples.
/// </summary>
/// <remarks>
/// Listening costs a stream two timestamps a value, too much for millions of values a second. So this stops
/// listening once it has enough, until the next sample. A value that was taken before it listened again is not fully known, and
/// does not count.
/// </remarks>
internal sealed class HandlingTimes : IDisposable
{
    /// <summary>How many values are timed between two samples, of all streams together.</summary>
    internal const int Budget = 1000;

    private readonly TimeProvider _clock;
    private readonly Action<string, string, double> _record;

    /// <summary>The listener to the instrument of one container.</summary>
    private readonly MeterListener _listener;

    /// <summary>The instrument, once there is one.</summary>
    private volatile Instrument? _instrument;

    /// <summary>How many more values are timed before the next sample.</summary>
    private int _left;

    /// <summary>Whether the instrument is listened to. Changed by the samples, and by the value that uses up the budget.</summary>
    private volatile bool _isListening;

    /// <summary>The time since when it is listened to.</summary>
    private long _since;

    /// <summary>Begins to listen.</summary>
    /// <param name="scope">The scope of the meter: one container, among others in the process.</param>
    /// <param name="clock">The time.</param>
    /// <param name="record">Takes stream, consumer and seconds, from any thread.</param>
    internal HandlingTimes(IMeterFactory? scope, TimeProvider clock, Action<string, string, double> record)
    {
        _clock = clock;
        _record = record;
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument is { Name: StreamxInstruments.ConsumerProcessDuration, Meter.Name: StreamxSources.MeterName }
                    && ReferenceEquals(instrument.Meter.Scope, scope))
                    _instrument = instrument;
            },
        };
        _listener.SetMeasurementEventCallback<double>(OnMeasured);
        _listener.Start();
    }

    /// <summary>Whether values are being timed.</summary>
    internal bool IsListening => _isListening;

    /// <summary>Listens again, for as many values as the budget allows.</summary>
    internal void Refill()
    {
        if (_instrument is not { } instrument) return;
        Volatile.Write(ref _left, Budget);
        if (_isListening) return;
        Volatile.Write(ref _since, _clock.GetTimestamp());
        _isListening = true;
        _listener.EnableMeasurementEvents(instrument);
    }

    public void Dispose() => _listener.Dispose();

    private void OnMeasured(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var left = Interlocked.Decrement(ref _left);
        if (left == 0)
        {
            _listener.DisableMeasurementEvents(instrument);
            _isListening = false;
        }

        if (left < 0 || seconds > _clock.GetElapsedTime(Volatile.Read(ref _since)).TotalSeconds) return;
        string? stream = null, consumer = null;
        foreach (var (key, value) in tags)
        {
            if (key == StreamxTags.StreamName) stream = value as string;
            else if (key == StreamxTags.ConsumerName) consumer = value as string;
        }

        if (stream is not null && consumer is not null) _record(stream, consumer, seconds);
    }
}
