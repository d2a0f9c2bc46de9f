namespace Streamx.Hosting.Telemetry;

/// <summary>What a producer spends its time on.</summary>
internal enum ProducerTimeState
{
    /// <summary>Its own code runs, or waits for something outside the stream.</summary>
    Produce,

    /// <summary>One of its puts waits for its turn, behind puts of other producers.</summary>
    TurnWait,

    /// <summary>One of its puts waits for consumers.</summary>
    PutWait,

    /// <summary>It waits to be started again.</summary>
    RestartWait,

    /// <summary>It is paused.</summary>
    Paused,
}
