namespace Streamx.Engine;

/// <summary>What became of a read.</summary>
internal enum ReadOutcome
{
    /// <summary>Nothing yet: it waits.</summary>
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
