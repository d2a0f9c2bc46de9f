namespace Streamx.Engine;

/// <summary>The outcome of a read.</summary>
internal enum ReadOutcome
{
    /// <summary>None yet: it waits.</summary>
    Waiting,

    /// <summary>It has what it asked for.</summary>
    Value,

    /// <summary>The stream ended.</summary>
    End,

    /// <summary>The stream ended with a fault.</summary>
    Faulted,

    /// <summary>The subscription left.</summary>
    Left,
}
