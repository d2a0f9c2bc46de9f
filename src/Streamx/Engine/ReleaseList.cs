using System.Runtime.ExceptionServices;

namespace Streamx.Engine;

/// <summary>The waiters that one transition has decided, in order. Lives on the stack of the thread that made the transition.</summary>
/// <remarks>Filled under the core's lock, emptied outside it. A mutable struct: pass it by reference.</remarks>
internal struct ReleaseList
{
    /// <summary>How many continuations may nest on one thread before the next goes to the thread pool.</summary>
    private const int MaxInlineDepth = 16;

    /// <summary>The nesting depth of releases that run continuations on this thread.</summary>
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

    /// <summary>Releases every waiter on the list. The core's lock must not be held.</summary>
    /// <param name="continuations">Runs the continuations that do not run on this thread.</param>
    /// <param name="allowInline">Whether continuations may run on this thread, to a bounded depth.</param>
    /// <remarks>
    /// A release can only throw if a context refuses a continuation, or a hand-written continuation throws inline. The other waiters
    /// are released all the same, or they would wait for ever; the first such exception is then thrown.
    /// </remarks>
    internal readonly void ReleaseAll(ContinuationQueue continuations, bool allowInline)
    {
        if (_first is null) return;
        if (allowInline && t_inlineDepth < MaxInlineDepth) ReleaseInline(_first, continuations);
        else Release(_first, continuations);
    }

    private static void Release(Waiter first, ContinuationQueue continuations)
    {
        ExceptionDispatchInfo? error = null;
        var areAny = false;
        for (Waiter? waiter = first, next; waiter is not null; waiter = next)
        {
            next = TakeNext(waiter);
            try
            {
                if (waiter.Complete() is not { } due) continue;
                continuations.Add(due);
                areAny = true;
            }
            catch (Exception refused)
            {
                error ??= ExceptionDispatchInfo.Capture(refused);
            }
        }

        if (areAny) continuations.Request();
        error?.Throw();
    }

    private static void ReleaseInline(Waiter first, ContinuationQueue continuations)
    {
        ExceptionDispatchInfo? error = null;
        t_inlineDepth++;
        for (Waiter? waiter = first, next; waiter is not null; waiter = next)
        {
            next = TakeNext(waiter);
            try
            {
                if (waiter.Complete() is not { } due) continue;
                if (!due.RunsApart)
                {
                    due.Resume();
                    continue;
                }

                continuations.Add(due);
                continuations.Request();
            }
            catch (Exception refused)
            {
                error ??= ExceptionDispatchInfo.Capture(refused);
            }
        }

        t_inlineDepth--;
        error?.Throw();
    }

    /// <summary>The next on the list, read before the release: a released waiter may be reused, and listed again, at once.</summary>
    private static Waiter? TakeNext(Waiter waiter)
    {
        var next = waiter.NextToRelease;
        waiter.NextToRelease = null;
        Interleaving.Point("release");
        return next;
    }
}
