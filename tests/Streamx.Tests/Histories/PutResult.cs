namespace Streamx.Tests.Histories;

/// <summary>What came of a put.</summary>
internal enum PutResult
{
    Unknown,
    Accepted,
    NotNow,
    Cancelled,
    Closed,
    Faulted,
    NoSubscribers,
}
