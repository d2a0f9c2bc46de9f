using System.Diagnostics.Metrics;

namespace Streamx.Benchmarks.Hosted;

/// <summary>Listens to every instrument of the hosting layer's meter there is, and does nothing with what it hears.</summary>
internal sealed class MetricsListener : IDisposable
{
    private const string Meter = "Streamx.Hosting";

    private readonly MeterListener _listener = new();

    public MetricsListener()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != Meter) return;
            HasHeardOfAny = true;
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>(static (_, _, _, _) => { });
        _listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        _listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        _listener.Start();
    }

    /// <summary>Whether there has been an instrument in any run so far.</summary>
    public static bool HasHeardOfAny { get; private set; }

    public void Dispose() => _listener.Dispose();
}
