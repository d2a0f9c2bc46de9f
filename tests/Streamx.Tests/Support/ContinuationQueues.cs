using System.Runtime.CompilerServices;
using Streamx.Engine;

namespace Streamx.Tests.Support;

/// <summary>What a queue of continuations does not show by itself, and how to get it to run serially.</summary>
internal static class ContinuationQueues
{
    /// <summary>Whether continuations run serially.</summary>
    internal static bool IsSerial(this ContinuationQueue queue) => Volatile.Read(ref IsSerialField(queue));

    /// <summary>The continuations of a stream.</summary>
    internal static ContinuationQueue Of<T>(AsyncStream<T> stream) => Access<T>.Queue(Access<T>.Core(stream));

    /// <summary>Queues continuations, all at once.</summary>
    internal static void Run(this ContinuationQueue queue, params IEnumerable<Action> continuations)
    {
        foreach (var continuation in continuations) queue.Add(ScriptedWaiter.Due(continuation));
        queue.Request();
    }

    /// <summary>Runs short continuations until they run serially.</summary>
    internal static async Task WarmUpAsync(this ContinuationQueue queue)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!queue.IsSerial())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Bounded.Limit, "Short continuations were never run serially.");
            var left = new SemaphoreSlim(0);
            queue.Run([.. Enumerable.Repeat<Action>(static () => { }, 255), () => left.Release()]);
            await left.WaitAsync().WithinAsync();
        }
    }

    /// <summary>Runs continuations in a row.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="first">What the first does, once it has found that they run serially.</param>
    /// <param name="rest">The continuations queued behind it.</param>
    internal static async Task RunSeriallyAsync(this ContinuationQueue queue, Action first, IReadOnlyList<Action> rest)
    {
        var isSerial = false;
        while (!isSerial)
        {
            await queue.WarmUpAsync();
            var looked = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            queue.Run(
            [
                () =>
                {
                    // From here on nothing else has them run in parallel but what the first does, or the guard.
                    isSerial = queue.IsSerial();
                    if (isSerial) queue.Run(rest);
                    looked.SetResult(isSerial);
                    if (isSerial) first();
                },
            ]);
            isSerial = await looked.Task.WithinAsync();
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_isSerial")]
    private static extern ref bool IsSerialField(ContinuationQueue queue);

    private static class Access<T>
    {
        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_core")]
        internal static extern ref StreamCore<T> Core(AsyncStream<T> stream);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_continuations")]
        internal static extern ref ContinuationQueue Queue(StreamCore<T> core);
    }
}
