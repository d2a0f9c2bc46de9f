namespace Streamx.Hosting;

/// <summary>Under which names telemetry is published.</summary>
public static class StreamxTelemetry
{
    /// <summary>The meter all instruments belong to; <see cref="StreamxInstruments"/> names them.</summary>
    public const string MeterName = "Streamx.Hosting";

    /// <summary>The activity source of puts and of the processing of values.</summary>
    public const string ActivitySourceName = "Streamx.Hosting";
}
