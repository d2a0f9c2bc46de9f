namespace Streamx.Hosting;

/// <summary>The names of the meter and the activity source that telemetry comes from.</summary>
public static class StreamxSources
{
    /// <summary>The meter all instruments belong to; <see cref="StreamxInstruments"/> names them.</summary>
    public const string MeterName = "Streamx.Hosting";

    /// <summary>The activity source of puts and of the processing of values.</summary>
    public const string ActivitySourceName = "Streamx.Hosting";
}
