using System.Runtime.CompilerServices;
using Streamx.Engine;

namespace Streamx.Tests.Support;

/// <summary>What a queue of continuations does not show by itself, and how to get it to run in a row.</summary>
internal static class ContinuationQueues
{
    /// <summary>Whether continuations run in a row.</summary>
    internal static bool IsInARow(this ContinuationQueue queue) => Volatile.Read(ref InARow(queue));

    /// <summary>The continuations of a stream.</summary>
    internal static ContinuationQueue Of<T>(AsyncStream<T> stream) => Access<T>.Queue(Access<T>.Core(stream));

    /// <summary>Queues continuations, all at once.</summary>
    internal static void Run(this ContinuationQueue queue, params IEnumerable<Action> continuations)
    {
        foreach (var continuation in continuations) queue.Add(ScriptedWaiter.Due(continuation));
        queue.Request();
    }

    /// <summary>Runs short continuations until they run in a row.</summary>
    internal static async Task WarmUpAsync(this ContinuationQueue queue)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!queue.IsInARow())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Bounded.Limit, "Short continuations were never run in a row.");
            var left = new SemaphoreSlim(0);
            queue.Run([.. Enumerable.Repeat<Action>(static () => { }, 255), () => left.Release()]);
            await left.WaitAsync().WithinAsync();
        }
    }

    /// <summary>Runs continuations in a row.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="first">What the first does, once it has found that they run in a row.</param>
    /// <param name="rest">The continuations queued behind it.</param>
    internal static async Task RunInARowAsync(this ContinuationQueue queue, Action first, IReadOnlyList<Action> rest)
    {
        var inARow = false;
        while (!inARow)
        {
            await queue.WarmUpAsync();
            var looked = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            queue.Run(
            [
                () =>
                {
                    // From here on nothing else has them run side by side but what the first does, or the guard.
                    inARow = queue.IsInARow();
                    if (inARow) queue.Run(rest);
                    looked.SetResult(inARow);
                    if (inARow) first();
                },
            ]);
            inARow = await looked.Task.WithinAsync();
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_inARow")]
    private static extern ref bool InARow(ContinuationQueue queue);

    private static class Access<T>
    {
        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_core")]
        internal static extern ref StreamCore<T> Core(AsyncStream<T> stream);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_continuations")]
        internal static extern ref ContinuationQueue Queue(StreamCore<T> core);
    }
}
