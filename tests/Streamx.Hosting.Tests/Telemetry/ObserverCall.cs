namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>The calls that code which observes activities and metrics gets.</summary>
public enum ObserverCall
{
    Sample,
    ActivityStarted,
    ActivityStopped,
    CurrentChanged,
    InstrumentPublished,
    Measured,
}
