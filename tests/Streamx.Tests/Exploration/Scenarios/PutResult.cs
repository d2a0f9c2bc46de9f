namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>What a put's caller learned.</summary>
internal enum PutResult
{
    /// <summary>Nothing yet.</summary>
    None,

    /// <summary>It succeeded.</summary>
    Committed,

    /// <summary>It threw that it was cancelled.</summary>
    Cancelled,

    /// <summary>It threw that the stream is closed.</summary>
    Closed,

    /// <summary>It threw the fault.</summary>
    Faulted,

    /// <summary>It threw that there is no subscription, or it was a try-put that did not succeed.</summary>
    Refused,
}
