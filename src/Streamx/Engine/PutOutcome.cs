namespace Streamx.Engine;

/// <summary>What became of a put.</summary>
internal enum PutOutcome
{
    /// <summary>Nothing yet: it waits.</summary>
    Waiting,

    /// <summary>The value is part of the stream.</summary>
    Committed,

    /// <summary>Withdrawn by its token before it committed.</summary>
    Cancelled,

    /// <summary>The stream was closed first.</summary>
    Closed,

    /// <summary>The stream faulted first.</summary>
    Faulted,

    /// <summary>Nobody gated the stream, and that was to be an error.</summary>
    NoSubscribers,
}
