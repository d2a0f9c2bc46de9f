using System.Runtime.CompilerServices;
using Streamx.Engine;
using Streamx.Tests.Support;

namespace Streamx.Tests.Engine;

/// <summary>What continuations use here is not disposed: one may still be using it, or come late, when the test is over.</summary>
public sealed class ContinuationQueueTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    private readonly ContinuationQueue _queue = new(window: 1);

    /// <summary>Whether continuations run serially when the test begins, or else in parallel.</summary>
    public static TheoryData<bool> Ways => [false, true];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Request_ManyAdded_RunsEachOnce(bool isSerial)
    {
        const int Count = 10_000;
        var runs = new int[Count];
        var done = new CountdownEvent(Count);
        await BeginAsync(isSerial, () => { }, [.. Enumerable.Range(0, Count).Select(i => (Action)(() =>
        {
            Interlocked.Increment(ref runs[i]);
            done.Signal();
        }))]);

        await DedicatedThread.RunAsync(() => Assert.True(done.Wait(Bounded.Limit)));

        Assert.All(runs, static count => Assert.Equal(1, count));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Request_OneNeverComesBack_TheOthersRun(bool isSerial)
    {
        var release = new ManualResetEventSlim();
        var behind = new SemaphoreSlim(0);
        try
        {
            await BeginAsync(isSerial, () => release.Wait(), [.. Enumerable.Repeat<Action>(() => behind.Release(), 20)]);
            await TakeAsync(behind, 20);

            _queue.Run(Enumerable.Repeat<Action>(() => behind.Release(), 20));
            await TakeAsync(behind, 20);
            await _queue.WarmUpAsync();
            _queue.Run(Enumerable.Repeat<Action>(() => behind.Release(), 20));
            await TakeAsync(behind, 20);
        }
        finally
        {
            release.Set();
        }
    }

    /// <summary>The last of them: when it stops, nothing is left that could ask for another thread.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Request_TheLastNeverComesBack_ThoseThatComeLaterRun(bool isSerial)
    {
        var release = new ManualResetEventSlim();
        var begun = new SemaphoreSlim(0);
        var later = new SemaphoreSlim(0);
        try
        {
            await BeginAsync(isSerial, () => { }, [() =>
            {
                begun.Release();
                release.Wait();
            }]);
            await TakeAsync(begun, 1);

            for (var i = 0; i < 10; i++)
            {
                _queue.Run(() => later.Release());
                await TakeAsync(later, 1);
            }
        }
        finally
        {
            release.Set();
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Request_OneWaitsForWhatIsQueuedBehindIt_BothRun(bool isSerial)
    {
        for (var round = 0; round < 10; round++)
        {
            var behind = new ManualResetEventSlim();
            var met = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

            await BeginAsync(isSerial, () => met.SetResult(behind.Wait(Bounded.Limit)), [behind.Set]);

            Assert.True(await met.Task.WithinAsync());
        }
    }

    [Fact]
    public async Task Serial_ContinuationsBecomeLong_GoesParallelThoughTheyComeBack()
    {
        const int Count = 64;
        var (ended, isParallel) = (0, false);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        await _queue.RunSeriallyAsync(() => { }, [.. Enumerable.Repeat<Action>(
            () =>
            {
                SpinFor(TimeSpan.FromMicroseconds(200));
                if (!_queue.IsSerial()) Volatile.Write(ref isParallel, true);
                if (Interlocked.Increment(ref ended) == Count) done.SetResult();
            },
            Count)]);

        await done.Task.WithinAsync();
        Assert.True(isParallel);
    }

    [Fact]
    public async Task Serial_Idle_GoesParallel()
    {
        await _queue.WarmUpAsync();

        await Eventually.HoldsAsync(() => !_queue.IsSerial(), "The guard stayed on duty with nothing to watch.");
    }

    /// <summary>A timer that runs keeps alive what it calls.</summary>
    [Fact]
    public async Task Serial_IdleAndForgotten_IsNotKeptAliveByItsGuard()
    {
        var forgotten = await WarmUpAndForgetAsync();

        await Eventually.HoldsAsync(
            () =>
            {
                Collection.Force();
                return !forgotten.IsAlive;
            },
            "The guard's timer keeps running.");

        [MethodImpl(MethodImplOptions.NoInlining)]
        static async Task<WeakReference> WarmUpAndForgetAsync()
        {
            var queue = new ContinuationQueue(window: 1);
            await queue.WarmUpAsync();
            return new WeakReference(queue);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Resume_TheOneBeforeLeftSomethingOnTheThread_TheNextDoesNotFindIt(bool isSerial)
    {
        const int Count = 600;
        var (found, dirtied, left) = (0, 0, Count);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Action[] dirty =
        [
            () => Ambient.Value = "left behind",
            () => SynchronizationContext.SetSynchronizationContext(new DedicatedContext()),
            () => ExecutionContext.SuppressFlow(),
        ];

        await BeginAsync(isSerial, () => { }, [.. Enumerable.Range(0, Count).Select(i => (Action)(() =>
        {
            if (Ambient.Value is not null || SynchronizationContext.Current is not null || ExecutionContext.IsFlowSuppressed()) Interlocked.Increment(ref found);
            dirty[i % dirty.Length]();
            Interlocked.Increment(ref dirtied);
            if (Interlocked.Decrement(ref left) == 0) done.SetResult();
        }))]);

        await done.Task.WithinAsync();
        Assert.Equal((0, Count), (found, dirtied));
    }

    /// <summary>Many add at random what takes at random long, is at times waited for, and now and then keeps the guard busy.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Request_ManyAddersAndContinuationsOfAnyLength_EachRunsOnceAndNoneIsLeft(int seed)
    {
        const int Rounds = 40;
        const int Adders = 4;
        const int Steps = 200;
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var ledger = new Ledger();
            if (random.Next(2) == 0) await _queue.WarmUpAsync();
            var seeds = Enumerable.Range(0, Adders).Select(_ => random.Next()).ToArray();

            await Task.WhenAll(seeds.Select(adderSeed => DedicatedThread.RunAsync(() => AddAtRandom(new Random(adderSeed), Steps, ledger))));

            await ledger.AllEndedAsync();
            Assert.Equal(ledger.Added, ledger.Ended);
        }
    }

    private void AddAtRandom(Random random, int steps, Ledger ledger)
    {
        for (var step = 0; step < steps; step++)
        {
            var count = random.Next(4) == 0 ? random.Next(1, 40) : 1;
            // A continuation that waits for the one added after it: nothing but a second thread can run that.
            ManualResetEventSlim? awaited = null;
            for (var i = 0; i < count; i++)
            {
                var (toSet, toAwait) = (awaited, i + 1 < count && random.Next(2_000) == 0 ? new ManualResetEventSlim() : null);
                awaited = toAwait;
                var spins = random.Next(50) == 0 ? random.Next(2_000) : random.Next(10);
                var yields = random.Next(200) == 0;
                _queue.Add(ScriptedWaiter.Due(ledger.Track(() =>
                {
                    toSet?.Set();
                    if (toAwait?.Wait(Bounded.Limit) == false) ledger.Fail();
                    if (yields) Thread.Yield();
                    Thread.SpinWait(spins);
                })));
            }

            _queue.Request();
            if (random.Next(20) == 0) Thread.Yield();
        }
    }

    /// <summary>Runs continuations in the wanted way.</summary>
    private async Task BeginAsync(bool isSerial, Action first, IReadOnlyList<Action> rest)
    {
        if (isSerial)
        {
            await _queue.RunSeriallyAsync(first, rest);
        }
        else
        {
            Assert.False(_queue.IsSerial());
            _queue.Run([first, .. rest]);
        }
    }

    private static async Task TakeAsync(SemaphoreSlim semaphore, int count)
    {
        for (var i = 0; i < count; i++) Assert.True(await semaphore.WaitAsync(Bounded.Limit));
    }

    private static void SpinFor(TimeSpan time)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < time) Thread.SpinWait(10);
    }

    private sealed class DedicatedContext : SynchronizationContext;

    /// <summary>Counts what was added and what has ended, each at most once.</summary>
    private sealed class Ledger
    {
        private int _added;
        private int _ended;
        private int _failed;

        internal int Added => Volatile.Read(ref _added);

        internal int Ended => Volatile.Read(ref _ended);

        internal void Fail() => Interlocked.Increment(ref _failed);

        internal Action Track(Action action)
        {
            Interlocked.Increment(ref _added);
            var runs = 0;
            return () =>
            {
                if (Interlocked.Increment(ref runs) != 1) Fail();
                action();
                Interlocked.Increment(ref _ended);
            };
        }

        internal async Task AllEndedAsync()
        {
            await Eventually.HoldsAsync(() => Ended >= Added, "A continuation was left lying.");
            Assert.Equal(0, Volatile.Read(ref _failed));
        }
    }
}
