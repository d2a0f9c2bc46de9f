using System.Diagnostics;

namespace Streamx.Engine;

/// <summary>Points at which a test may hold one thread and let another go on, to walk through interleavings one by one.</summary>
/// <remarks>
/// Debug builds only; elsewhere the calls are not compiled. A point stands wherever what other threads do in between could matter:
/// before a transition takes the lock, and around every step outside it. Never inside the lock: a thread held there would block all others.
/// </remarks>
internal static class Interleaving
{
    /// <summary>Called at each point this thread reaches. Null, the default, lets it pass.</summary>
    [ThreadStatic]
    private static Action<string>? t_onPoint;

    /// <summary>Sets what this thread calls at each point it reaches.</summary>
    internal static void Observe(Action<string>? onPoint) => t_onPoint = onPoint;

    /// <summary>A point.</summary>
    /// <param name="name">What the thread is about to do.</param>
    [Conditional("DEBUG")]
    internal static void Point(string name) => t_onPoint?.Invoke(name);
}
