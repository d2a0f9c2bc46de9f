using System.Diagnostics.Metrics;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>Listens to every instrument of one host, as a collector does.</summary>
internal sealed class MetricsRecorder : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly List<Recorded> _measurements = [];
    private readonly List<Instrument> _instruments = [];

    /// <summary>Begins to listen.</summary>
    /// <param name="services">The host's services: those of others that run at the same time are not heard.</param>
    /// <param name="only">The instruments to listen to; all when there are none.</param>
    public MetricsRecorder(IServiceProvider services, params string[] only)
    {
        var scope = services.GetRequiredService<IMeterFactory>();
        // The instruments are made when somebody first asks for them.
        services.GetRequiredService<StreamxMetrics>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != StreamxSources.MeterName || instrument.Meter.Scope != scope) return;
            lock (_gate) _instruments.Add(instrument);
            if (only.Length == 0 || only.Contains(instrument.Name)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The instruments of the meter.</summary>
    public IReadOnlyList<Instrument> Instruments
    {
        get
        {
            lock (_gate) return [.. _instruments];
        }
    }

    /// <summary>What an instrument has recorded, with tags of these values.</summary>
    public IReadOnlyList<Recorded> Of(string instrument, params (string Tag, object? Value)[] tags)
    {
        lock (_gate) return [.. _measurements.Where(measurement => measurement.Instrument == instrument && tags.All(tag => Equals(measurement.Tag(tag.Tag), tag.Value)))];
    }

    /// <summary>The sum of what an instrument has recorded.</summary>
    public double Sum(string instrument, params (string Tag, object? Value)[] tags) => Of(instrument, tags).Sum(measurement => measurement.Value);

    /// <summary>Collects what is observed, and gives what an instrument says now with tags of these values.</summary>
    public IReadOnlyList<Recorded> Observe(string instrument, params (string Tag, object? Value)[] tags)
    {
        lock (_gate) _measurements.RemoveAll(measurement => measurement.IsObserved);
        _listener.RecordObservableInstruments();
        return Of(instrument, tags);
    }

    /// <summary>As <see cref="Observe"/>, when there is one.</summary>
    public double ObserveOne(string instrument, params (string Tag, object? Value)[] tags) => Assert.Single(Observe(instrument, tags)).Value;

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var recorded = new Recorded(instrument.Name, value, tags.ToArray().ToDictionary(), instrument.IsObservable);
        lock (_gate) _measurements.Add(recorded);
    }
}
