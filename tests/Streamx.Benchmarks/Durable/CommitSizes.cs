using System.Diagnostics.Metrics;
using Streamx.Hosting.Sqlite;

namespace Streamx.Benchmarks.Durable;

/// <summary>How many values go into one commit, as <c>streamx.sql.append.values</c> says.</summary>
internal sealed class CommitSizes : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _commits;
    private long _values;

    public CommitSizes()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Name: StreamxSqlTelemetry.AppendValues, Meter.Name: StreamxSqlTelemetry.MeterName }) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((_, values, _, _) => Add(values));
        _listener.SetMeasurementEventCallback<long>((_, values, _, _) => Add(values));
        _listener.SetMeasurementEventCallback<double>((_, values, _, _) => Add((long)values));
        _listener.Start();
    }

    /// <summary>Values in a commit, on average.</summary>
    public double Mean => _commits == 0 ? 0 : (double)_values / _commits;

    /// <summary>Begins anew.</summary>
    public void Clear() => (_commits, _values) = (0, 0);

    public void Dispose() => _listener.Dispose();

    /// <summary>Called by the file's thread alone.</summary>
    private void Add(long values)
    {
        _commits++;
        _values += values;
    }
}
