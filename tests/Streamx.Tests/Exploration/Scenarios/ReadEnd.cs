namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>How a consumer's reading ended.</summary>
internal enum ReadEnd
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>A read returned false.</summary>
    End,

    /// <summary>A read threw the fault.</summary>
    Fault,

    /// <summary>A read threw that its token was cancelled.</summary>
    Cancelled,
}
