namespace Streamx.Engine;

/// <summary>The outcome of a put.</summary>
internal enum PutOutcome
{
    /// <summary>None yet: it waits.</summary>
    Waiting,

    /// <summary>The value is part of the stream.</summary>
    Committed,

    /// <summary>Withdrawn by its token before it committed.</summary>
    Cancelled,

    /// <summary>The stream was closed first.</summary>
    Closed,

    /// <summary>The stream faulted first.</summary>
    Faulted,

    /// <summary>There was no gating subscription, which the stream's settings make an error.</summary>
    NoSubscribers,
}
