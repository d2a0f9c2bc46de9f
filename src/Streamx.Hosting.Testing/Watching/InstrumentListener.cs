using System.Diagnostics.Metrics;

namespace Streamx.Hosting.Testing;

/// <summary>Listens to one host's instruments: the outcome of values, and which consumer puts waited for, as they are recorded.</summary>
internal sealed class InstrumentListener : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Func<string, IHarnessStream?> _find;
    private readonly ChangeSignal _changes;

    /// <summary>Begins to listen. Before the host starts: without a listener nothing is recorded.</summary>
    /// <param name="factory">The host's factory: instruments of other hosts in the process are ignored.</param>
    /// <param name="find">Finds a stream by its name.</param>
    /// <param name="changes">Notified whenever something is recorded.</param>
    internal InstrumentListener(IMeterFactory factory, Func<string, IHarnessStream?> find, ChangeSignal changes)
    {
        (_find, _changes) = (find, changes);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == StreamxSources.MeterName && instrument.Meter.Scope == factory && !instrument.IsObservable)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => OnMeasured(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => OnMeasured(instrument, value, tags));
        _listener.Start();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    /// <summary>The value of a tag; null when it is absent.</summary>
    internal static string? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == name) return tag.Value as string;
        }

        return null;
    }

    private void OnMeasured(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Tag(tags, StreamxTags.StreamName) is { } stream) _find(stream)?.OnMeasured(instrument.Name, value, tags);
        _changes.Notify();
    }
}
