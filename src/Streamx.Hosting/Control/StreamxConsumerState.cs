namespace Streamx.Hosting;

/// <summary>What a consumer is doing.</summary>
public enum StreamxConsumerState
{
    /// <summary>The host has not started it yet.</summary>
    NotStarted,

    /// <summary>It waits for a value.</summary>
    Idle,

    /// <summary>It has a value in hand, or its loop is at work.</summary>
    Processing,

    /// <summary>It has a value in hand, and waits in a put into another stream: the consumers there hold it up.</summary>
    OutputWait,

    /// <summary>It waits before it retries a value that it failed on.</summary>
    RetryWait,

    /// <summary>It waits to be started again after a failure.</summary>
    RestartWait,

    /// <summary>It has left the stream before its end: detached, or returned of its own accord.</summary>
    Detached,

    /// <summary>It has reached the end of the stream, or was aborted.</summary>
    Ended,

    /// <summary>It has failed, and the stream with it.</summary>
    Failed,
}
