namespace Streamx.TestUtilities.InMemory;

/// <summary>What goes wrong at a step.</summary>
internal enum FaultKind
{
    /// <summary>Nothing, but for delays.</summary>
    None,

    /// <summary>The session is lost before the other side has heard of the step.</summary>
    LoseBefore,

    /// <summary>The session is lost while the store works: an append has reached some of the consumers only.</summary>
    LosePartway,

    /// <summary>The session is lost when the step is done, and before the answer has come.</summary>
    LoseAfter,

    /// <summary>The answer, or what is told, comes twice.</summary>
    Duplicate,
}
