using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using Streamx.Tests.Support;
// The waiter is a value task source: its GetResult never waits, it throws when there is no result yet.
#pragma warning disable xUnit1031

namespace Streamx.Tests.Engine;

/// <summary>One task after another from one object, awaited and completed in either order.</summary>
public sealed class AwaitedWaiterTests
{
    private const ValueTaskSourceOnCompletedFlags NoFlags = ValueTaskSourceOnCompletedFlags.None;
    private const ValueTaskSourceOnCompletedFlags InContext = ValueTaskSourceOnCompletedFlags.UseSchedulingContext;
    private const ValueTaskSourceOnCompletedFlags WithFlow = ValueTaskSourceOnCompletedFlags.FlowExecutionContext;

    private static readonly AsyncLocal<string?> Ambient = new();

    private readonly ScriptedWaiter _waiter = new() { Value = 7 };

    [Fact]
    public async Task Complete_NobodyAwaits_KeepsTheResultForWhoComes()
    {
        var pending = _waiter.GetStatus(_waiter.Version);

        var due = _waiter.Complete();

        Assert.Null(due);
        Assert.Equal((ValueTaskSourceStatus.Pending, ValueTaskSourceStatus.Succeeded), (pending, _waiter.GetStatus(_waiter.Version)));
        Assert.Equal(7, await _waiter.Task);
    }

    [Fact]
    public async Task Complete_SomebodyAwaits_LeavesTheContinuationToTheCaller()
    {
        var result = _waiter.Task.AsTask();

        var due = _waiter.Complete();

        Assert.Same(_waiter, due);
        Assert.False(result.IsCompleted);
        due!.Resume();
        Assert.Equal(7, await result.WithinAsync());
    }

    [Fact]
    public async Task OnCompleted_CompletedAlready_NeverRunsTheContinuationInsideTheCall()
    {
        var ranOn = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiter.Complete();
        var caller = 0;

        await DedicatedThread.RunAsync(() =>
        {
            caller = Environment.CurrentManagedThreadId;
            _waiter.OnCompleted(_ => ranOn.SetResult(Environment.CurrentManagedThreadId), state: null, _waiter.Version, NoFlags);
        });

        Assert.NotEqual(caller, await ranOn.Task.WithinAsync());
        Assert.Equal(7, _waiter.GetResult(_waiter.Version));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetResult_CompletedWithAnError_ThrowsItAndIsReadyForTheNext(bool isCancelled)
    {
        using var cancelled = new CancellationTokenSource();
        Exception error = isCancelled ? new OperationCanceledException(cancelled.Token) : new FormatException();
        _waiter.Error = error;
        _waiter.Complete();
        var status = _waiter.GetStatus(_waiter.Version);

        var thrown = await Record.ExceptionAsync(async () => await _waiter.Task);

        Assert.Same(error, thrown);
        Assert.Equal(isCancelled ? ValueTaskSourceStatus.Canceled : ValueTaskSourceStatus.Faulted, status);
        _waiter.Error = null;
        var next = _waiter.Task.AsTask();
        _waiter.Complete()!.Resume();
        Assert.Equal(7, await next.WithinAsync());
    }

    [Fact]
    public void Complete_Twice_ThrowsAndHarmsNothing()
    {
        _waiter.Complete();

        Assert.Throws<InvalidOperationException>(_waiter.Complete);

        Assert.Equal(7, _waiter.GetResult(_waiter.Version));
    }

    [Fact]
    public async Task GetResult_NotCompleted_ThrowsAndHarmsNothing()
    {
        Assert.Throws<InvalidOperationException>(() => _waiter.GetResult(_waiter.Version));
        var result = _waiter.Task.AsTask();
        Assert.Throws<InvalidOperationException>(() => _waiter.GetResult(_waiter.Version));

        _waiter.Complete()!.Resume();

        Assert.Equal(7, await result.WithinAsync());
    }

    [Fact]
    public async Task GetResult_ContinuationOutstanding_ThrowsAndHarmsNothing()
    {
        var result = _waiter.Task.AsTask();
        var due = _waiter.Complete();

        Assert.Throws<InvalidOperationException>(() => _waiter.GetResult(_waiter.Version));

        due!.Resume();
        Assert.Equal(7, await result.WithinAsync());
    }

    [Fact]
    public async Task GetResult_Twice_ThrowsAndHarmsNothing()
    {
        var first = _waiter.Version;
        _waiter.Complete();
        _waiter.GetResult(first);

        Assert.Throws<InvalidOperationException>(() => _waiter.GetResult(first));
        var next = _waiter.Task.AsTask();
        Assert.Throws<InvalidOperationException>(() => _waiter.GetResult(first));
        Assert.Throws<InvalidOperationException>(() => _waiter.GetStatus(first));
        Assert.Throws<InvalidOperationException>(() => _waiter.OnCompleted(_ => { }, state: null, first, NoFlags));

        _waiter.Complete()!.Resume();
        Assert.Equal(7, await next.WithinAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OnCompleted_Twice_ThrowsAndRunsOnlyTheFirst(bool isCompleted)
    {
        var (first, second) = (0, 0);
        _waiter.OnCompleted(_ => first++, state: null, _waiter.Version, NoFlags);
        var due = isCompleted ? _waiter.Complete() : null;

        Assert.Throws<InvalidOperationException>(() => _waiter.OnCompleted(_ => second++, state: null, _waiter.Version, InContext | WithFlow));

        due ??= _waiter.Complete();
        due!.Resume();
        Assert.Equal((1, 0), (first, second));
        Assert.Equal(7, _waiter.GetResult(_waiter.Version));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OnCompleted_SynchronizationContext_GoesOnThere(bool completesFirst)
    {
        var context = new CollectingContext();
        var ran = 0;
        if (completesFirst) Assert.Null(_waiter.Complete());
        Within(context, () => _waiter.OnCompleted(_ => ran++, state: null, _waiter.Version, InContext));

        if (!completesFirst) Assert.Null(_waiter.Complete());

        Assert.Equal(0, ran);
        var (callback, state) = Assert.Single(context.Posted);
        callback(state);
        Assert.Equal(1, ran);
        Assert.Equal(7, _waiter.GetResult(_waiter.Version));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OnCompleted_TaskScheduler_GoesOnThere(bool completesFirst)
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var resumed = new TaskCompletionSource<TaskScheduler>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (completesFirst) Assert.Null(_waiter.Complete());
        await Task.Factory.StartNew(
            () => _waiter.OnCompleted(_ => resumed.SetResult(TaskScheduler.Current), state: null, _waiter.Version, InContext),
            CancellationToken.None,
            TaskCreationOptions.None,
            scheduler).WithinAsync();

        if (!completesFirst) Assert.Null(_waiter.Complete());

        Assert.Same(scheduler, await resumed.Task.WithinAsync());
        Assert.Equal(7, _waiter.GetResult(_waiter.Version));
    }

    [Fact]
    public void OnCompleted_NoContextOrNotAskedFor_LeavesTheContinuationToTheCaller()
    {
        var context = new CollectingContext();
        Within(context, () => _waiter.OnCompleted(_ => { }, state: null, _waiter.Version, NoFlags));
        var notAskedFor = _waiter.Complete();
        var plain = new ScriptedWaiter();
        Within(new SynchronizationContext(), () => plain.OnCompleted(_ => { }, state: null, plain.Version, InContext));

        Assert.Same(_waiter, notAskedFor);
        Assert.Same(plain, plain.Complete());
        Assert.Empty(context.Posted);
    }

    [Fact]
    public void Resume_ContextOfTheTaskBefore_IsNotUsedAgain()
    {
        var context = new CollectingContext();
        Within(context, () => _waiter.OnCompleted(_ => { }, state: null, _waiter.Version, InContext | WithFlow));
        _waiter.Complete();
        var (callback, state) = Assert.Single(context.Posted);
        callback(state);
        _waiter.GetResult(_waiter.Version);

        _waiter.OnCompleted(_ => { }, state: null, _waiter.Version, NoFlags);

        Assert.Same(_waiter, _waiter.Complete());
        Assert.Single(context.Posted);
    }

    [Theory]
    [InlineData(ValueTaskSourceOnCompletedFlags.FlowExecutionContext, "awaiting")]
    [InlineData(ValueTaskSourceOnCompletedFlags.None, "completing")]
    public async Task OnCompleted_ExecutionContext_FlowsIfAskedFor(ValueTaskSourceOnCompletedFlags flags, string expected)
    {
        string? seen = null;
        await DedicatedThread.RunAsync(() =>
        {
            Ambient.Value = "awaiting";
            _waiter.OnCompleted(_ => seen = Ambient.Value, state: null, _waiter.Version, flags);
        });

        await DedicatedThread.RunAsync(() =>
        {
            Ambient.Value = "completing";
            _waiter.Complete()!.Resume();
            Assert.Equal("completing", Ambient.Value);
        });

        Assert.Equal(expected, seen);
    }

    /// <summary>Two threads go through the same waiters, one awaiting and the other completing, so that they keep meeting.</summary>
    [Fact]
    public async Task OnCompleted_RacesWithComplete_EachContinuationRunsOnceWithItsResult()
    {
        const int WaiterCount = 500;
        const int Rounds = 200;
        var waiters = Enumerable.Range(0, WaiterCount).Select(_ => new ScriptedWaiter()).ToArray();
        var results = new ConcurrentDictionary<int, int>();
        using var together = new Barrier(2);
        var allRan = new SemaphoreSlim(0);

        var awaiting = DedicatedThread.RunAsync(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var left = WaiterCount;
                Meet();
                foreach (var waiter in waiters)
                {
                    waiter.OnCompleted(
                        _ =>
                        {
                            results.AddOrUpdate(waiter.GetResult(waiter.Version), 1, (_, count) => count + 1);
                            if (Interlocked.Decrement(ref left) == 0) allRan.Release();
                        },
                        state: null,
                        waiter.Version,
                        round % 2 == 0 ? NoFlags : WithFlow);
                }

                Assert.True(allRan.Wait(Bounded.Limit));
                Meet();
            }
        });
        var completing = DedicatedThread.RunAsync(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < WaiterCount; i++) waiters[i].Value = (round * WaiterCount) + i;
                Meet();
                foreach (var waiter in waiters) waiter.Complete()?.Resume();
                Meet();
            }
        });

        await Task.WhenAll(awaiting, completing);
        Assert.Equal(Rounds * WaiterCount, results.Count);
        Assert.All(results.Values, static count => Assert.Equal(1, count));

        void Meet() => Assert.True(together.SignalAndWait(Bounded.Limit));
    }

    private static void Within(SynchronizationContext context, Action action)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            action();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private sealed class CollectingContext : SynchronizationContext
    {
        internal List<(SendOrPostCallback Callback, object? State)> Posted { get; } = [];

        public override void Post(SendOrPostCallback d, object? state) => Posted.Add((d, state));
    }

    [Fact]
    public async Task OnCompleted_TaskScheduler_NothingFlowsFromWhoCompletes()
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Task.Factory.StartNew(
            () => _waiter.OnCompleted(_ => seen.SetResult(Ambient.Value), state: null, _waiter.Version, InContext),
            CancellationToken.None, TaskCreationOptions.None, scheduler).WithinAsync();
        Ambient.Value = "completing";

        _waiter.Complete();

        Assert.Null(await seen.Task.WithinAsync());
    }
}
