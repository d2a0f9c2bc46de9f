namespace Streamx.Hosting.Telemetry;

/// <summary>What a consumer spends its time on.</summary>
internal enum ConsumerTimeState
{
    /// <summary>It waits for a value, or for a batch to fill.</summary>
    Idle,

    /// <summary>It has a value in hand.</summary>
    Process,

    /// <summary>It has a value in hand, and a put of its code waits in another stream.</summary>
    OutputWait,

    /// <summary>It waits before it tries a value again.</summary>
    RetryWait,

    /// <summary>It waits to be started again.</summary>
    RestartWait,

    /// <summary>It is detached, and may be attached again.</summary>
    Paused,
}
