namespace Streamx.Hosting;

/// <summary>How a stream ended.</summary>
public enum ShutdownOutcome
{
    /// <summary>Every consumer finished every accepted value and returned.</summary>
    Drained,

    /// <summary>The stream faulted, and consumers got the values accepted before that; or a worker failed after the last value.</summary>
    Faulted,

    /// <summary>The time for draining was up while a consumer had not finished everything, or had not returned.</summary>
    Aborted,
}
