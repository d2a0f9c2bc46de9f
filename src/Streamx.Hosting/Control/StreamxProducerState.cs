namespace Streamx.Hosting;

/// <summary>What a producer is doing.</summary>
public enum StreamxProducerState
{
    /// <summary>The host has not started it yet.</summary>
    NotStarted,

    /// <summary>It produces, or waits for room.</summary>
    Running,

    /// <summary>It is paused: its next put waits until it is resumed.</summary>
    Paused,

    /// <summary>It waits to be started again after a failure.</summary>
    RestartWait,

    /// <summary>It has returned.</summary>
    Ended,

    /// <summary>It has failed, and the stream with it.</summary>
    Failed,
}
