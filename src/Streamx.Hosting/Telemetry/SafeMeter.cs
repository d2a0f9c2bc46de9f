using System.Diagnostics.Metrics;

namespace Streamx.Hosting.Telemetry;

/// <summary>A meter whose listeners cannot throw into the code that measures.</summary>
/// <param name="meter">The meter.</param>
/// <param name="failures">Receives each exception of a listener.</param>
internal sealed class SafeMeter(Meter meter, ListenerFailures failures)
{
    /// <summary>Creates an instrument. One whose publication fails measures nothing.</summary>
    internal TInstrument Create<TInstrument>(Func<Meter, TInstrument> create)
        where TInstrument : Instrument
    {
        try
        {
            return create(meter);
        }
        catch (Exception error)
        {
            failures.Add(meter.Name, error);
            // A disposed meter publishes nothing, so that no listener is called.
            var silent = new Meter(meter.Name);
            silent.Dispose();
            return create(silent);
        }
    }

    /// <summary>Records a measurement.</summary>
    internal void Record(Histogram<double> histogram, double value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            histogram.Record(value, tags);
        }
        catch (Exception error)
        {
            failures.Add(histogram.Name, error);
        }
    }

    /// <summary>Adds to a counter that goes up and down.</summary>
    internal void Add<TValue>(UpDownCounter<TValue> counter, TValue value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where TValue : struct
    {
        try
        {
            counter.Add(value, tags);
        }
        catch (Exception error)
        {
            failures.Add(counter.Name, error);
        }
    }

    /// <summary>Adds to a counter.</summary>
    internal void Add<TValue>(Counter<TValue> counter, TValue value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where TValue : struct
    {
        try
        {
            counter.Add(value, tags);
        }
        catch (Exception error)
        {
            failures.Add(counter.Name, error);
        }
    }
}
