namespace Streamx.Engine;

/// <summary>A writer whose stream has a clock of its own, which timeouts of puts go by.</summary>
internal interface IStreamClock
{
    /// <summary>The stream's clock.</summary>
    TimeProvider TimeProvider { get; }
}
