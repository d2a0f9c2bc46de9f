namespace Streamx.Engine;

/// <summary>A writer that gives the clock of its stream, which times out puts.</summary>
internal interface IStreamClock
{
    /// <summary>The stream's clock.</summary>
    TimeProvider TimeProvider { get; }
}
