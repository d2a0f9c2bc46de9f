namespace Streamx.Hosting;

/// <summary>How a stream ended.</summary>
public enum ShutdownOutcome
{
    /// <summary>Every consumer finished every accepted value and returned.</summary>
    Drained,

    /// <summary>The stream faulted; consumers got what was accepted before that.</summary>
    Faulted,

    /// <summary>The time for draining was up before everyone had finished and returned.</summary>
    Aborted,
}
