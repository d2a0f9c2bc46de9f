namespace Streamx.Hosting.Telemetry;

/// <summary>What a producer spends its time on.</summary>
internal enum ProducerTimeState
{
    /// <summary>Its own code runs, or waits for something that is none of the stream's.</summary>
    Produce,

    /// <summary>A put of its waits for its turn, behind those of others.</summary>
    TurnWait,

    /// <summary>A put of its waits for consumers.</summary>
    PutWait,

    /// <summary>It waits to be started again.</summary>
    RestartWait,

    /// <summary>It is paused.</summary>
    Paused,
}
