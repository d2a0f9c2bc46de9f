namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Instruments;

/// <summary>What an instrument is to a metric backend; whether it is observed or recorded makes no difference there.</summary>
public enum InstrumentKind
{
    /// <summary>A distribution.</summary>
    Histogram,

    /// <summary>A sum that only grows.</summary>
    Counter,

    /// <summary>A sum that goes up and down.</summary>
    UpDownCounter,

    /// <summary>A value of its own.</summary>
    Gauge,
}
