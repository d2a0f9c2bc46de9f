using System.Runtime.InteropServices;

namespace Streamx.TestUtilities.InMemory;

/// <summary>What happens to one step between a process and the store.</summary>
/// <param name="Kind">What goes wrong.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Fault(FaultKind Kind)
{
    /// <summary>How long it takes until the other side hears of the step. What is sent later in the session waits for it.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How long the answer takes. What is told later in the session waits for it.</summary>
    public TimeSpan ReplyDelay { get; init; }

    /// <summary>Whether the store does not notice that the session is lost, until it expires. A store that is interrupted always notices.</summary>
    public bool IsUnnoticed { get; init; }

    /// <summary>Whether the session is lost.</summary>
    public bool IsLoss => Kind is FaultKind.LoseBefore or FaultKind.LosePartway or FaultKind.LoseAfter;
}
