using System.Runtime.ExceptionServices;

namespace Streamx.Engine;

/// <summary>The waiters one transition decided about, in order. Lives on the stack of the thread that made the transition.</summary>
/// <remarks>Filled under the core's lock, emptied outside it. A mutable struct: pass it by reference.</remarks>
internal struct ReleaseList
{
    /// <summary>How many continuations may nest on one thread before the next goes to the thread pool.</summary>
    private const int MaxInlineDepth = 16;

    /// <summary>How many released continuations are running inside each other on this thread.</summary>
    [ThreadStatic]
    private static int t_inlineDepth;

    /// <summary>The first waiter to release.</summary>
    private Waiter? _first;

    /// <summary>The last waiter to release.</summary>
    private Waiter? _last;

    /// <summary>Appends a waiter whose outcome has been decided.</summary>
    internal void Add(Waiter waiter)
    {
        if (_last is null) _first = waiter;
        else _last.NextToRelease = waiter;
        _last = waiter;
    }

    /// <summary>Releases everyone on the list. The core's lock must not be held.</summary>
    /// <param name="allowInline">Whether continuations may run on this thread, to a bounded depth.</param>
    /// <remarks>
    /// A release can only throw if a context refuses a continuation, or a hand-written continuation throws inline. The others
    /// are released all the same, or they would wait for ever; the first such exception is then thrown here.
    /// </remarks>
    internal readonly void ReleaseAll(bool allowInline)
    {
        if (_first is not null) ReleaseEach(_first, allowInline);
    }

    private static void ReleaseEach(Waiter first, bool allowInline)
    {
        ExceptionDispatchInfo? error = null;
        for (Waiter? waiter = first; waiter is not null;)
        {
            // Read before the release: a released waiter may be reused, and listed again, at once.
            var next = waiter.NextToRelease;
            waiter.NextToRelease = null;
            Interleaving.Point("release");
            try
            {
                Release(waiter, allowInline && t_inlineDepth < MaxInlineDepth);
            }
            catch (Exception refused)
            {
                error ??= ExceptionDispatchInfo.Capture(refused);
            }

            waiter = next;
        }

        error?.Throw();
    }

    private static void Release(Waiter waiter, bool inline)
    {
        if (!inline)
        {
            waiter.Release(inline: false);
            return;
        }

        t_inlineDepth++;
        try
        {
            waiter.Release(inline: true);
        }
        finally
        {
            t_inlineDepth--;
        }
    }
}
