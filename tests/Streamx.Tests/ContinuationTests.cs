using System.Runtime.CompilerServices;
using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class ContinuationTests
{
    /// <summary>How deep continuations are nested on this thread.</summary>
    [ThreadStatic]
    private static int t_depth;

    public static TheoryData<string> Transitions => ["put", "finish", "leave", "cancel a put", "cancel a read", "close", "fault", "time is up"];

    [Fact]
    public async Task TryPut_ReadWaits_DoesNotRunTheConsumerOnThePuttersThread()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        var resumedOn = OnResumed(reader.MoveNextAsync());
        var putter = 0;

        await DedicatedThread.RunAsync(() =>
        {
            putter = Environment.CurrentManagedThreadId;
            Assert.True(stream.TryPut(1));
        });

        Assert.NotEqual(putter, await resumedOn.WithinAsync());
    }

    [Fact]
    public async Task TryPut_SynchronousContinuationsAllowed_RunsTheConsumerBeforeItReturns()
    {
        var stream = CreateInline();
        await using var reader = stream.GetAsyncEnumerator();
        var resumedOn = OnResumed(reader.MoveNextAsync());
        var (putter, resumedInside) = (0, false);

        await DedicatedThread.RunAsync(() =>
        {
            putter = Environment.CurrentManagedThreadId;
            Assert.True(stream.TryPut(1));
            resumedInside = resumedOn.IsCompleted;
        });

        Assert.True(resumedInside);
        Assert.Equal(putter, await resumedOn.WithinAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MoveNextAsync_PutWaits_RunsTheProducerOnTheReadersThreadOnlyIfAllowed(bool inline)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { AllowSynchronousContinuations = inline });
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await reader.NextAsync();
        var resumedOn = OnResumed(stream.PutAsync(2));
        var finisher = 0;

        await DedicatedThread.RunAsync(() =>
        {
            finisher = Environment.CurrentManagedThreadId;
            Assert.True(reader.MoveNextAsync().IsCompletedSuccessfully);
        });

        Assert.Equal(inline, await resumedOn.WithinAsync() == finisher);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancel_PutWaits_RunsTheProducerOnTheCancellersThreadOnlyIfAllowed(bool inline)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { AllowSynchronousContinuations = inline });
        using var cancellation = new CancellationTokenSource();
        var resumedOn = OnResumed(stream.PutAsync(1, cancellation.Token));
        var canceller = 0;

        await DedicatedThread.RunAsync(() =>
        {
            canceller = Environment.CurrentManagedThreadId;
            cancellation.Cancel();
        });

        Assert.Equal(inline, await resumedOn.WithinAsync() == canceller);
    }

    [Theory]
    [MemberData(nameof(Transitions))]
    public async Task AnyTransition_SynchronousContinuation_RunsWithTheLockFree(string transition)
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 2, AllowSynchronousContinuations = true, TimeProvider = clock });
        using var cancellation = new CancellationTokenSource();
        var gate = stream.Subscribe();
        await using var gating = gate.GetAsyncEnumerator();
        var free = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Action act;
        switch (transition)
        {
            case "put":
                Observe(stream.GetAsyncEnumerator().MoveNextAsync());
                act = () => stream.TryPut(1);
                break;
            case "finish" or "leave" or "cancel a put":
                Assert.True(stream.TryPut(1) && stream.TryPut(2));
                await gating.NextAsync();
                stream.Subscribe();
                Observe(stream.PutAsync(3, cancellation.Token));
                act = transition switch
                {
                    "finish" => () => _ = gating.MoveNextAsync().IsCompleted,
                    "leave" => () => _ = gate.DisposeAsync().IsCompleted,
                    _ => cancellation.Cancel,
                };
                break;
            case "cancel a read":
                Observe(stream.GetAsyncEnumerator(cancellation.Token).MoveNextAsync());
                act = cancellation.Cancel;
                break;
            case "time is up":
                var batches = stream.Subscribe().ReadBatchesAsync(2, TimeSpan.FromSeconds(1)).GetAsyncEnumerator();
                Assert.True(stream.TryPut(1));
                Observe(batches.MoveNextAsync());
                act = () => clock.Advance(TimeSpan.FromSeconds(1));
                break;
            default:
                Observe(gating.MoveNextAsync());
                act = () => _ = string.Equals(transition, "close", StringComparison.Ordinal) ? stream.CloseAsync().IsCompleted : stream.TryFault(new FormatException());
                break;
        }

        await DedicatedThread.RunAsync(act);

        Assert.True(free.Task.IsCompleted, "The continuation did not run inside the transition.");
        Assert.True(await free.Task, "Another thread could not use the stream while a continuation ran.");

        void Observe<TTask>(TTask task)
            where TTask : notnull
        {
            Action run = () => free.TrySetResult(DedicatedThread.CanUse(stream));
            if (task is ValueTask put) put.GetAwaiter().UnsafeOnCompleted(run);
            else if (task is ValueTask<bool> read) read.GetAwaiter().UnsafeOnCompleted(run);
        }
    }

    [Fact]
    public async Task TryFault_MessageOfTheErrorIsUserCode_RunsWithTheLockFree()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var flush = stream.FlushAsync().AsTask();
        var error = new NosyException<int>(stream);

        await DedicatedThread.RunAsync(() => Assert.True(stream.TryFault(error)));

        await Assert.ThrowsAsync<StreamFaultedException>(() => flush.WithinAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => stream.FlushAsync().WithinAsync());
        Assert.Equal(1, await reader.NextAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => reader.MoveNextAsync().WithinAsync());
        Assert.False(error.FoundTheLockHeld, "The fault's Message was read while the stream's lock was held.");
    }

    [Fact]
    public async Task TryFault_MessageOfTheErrorThrows_TheStreamStillFaults()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var waiting = stream.PutAsync(2).AsTask();
        var flush = stream.FlushAsync().AsTask();

        Assert.True(stream.TryFault(new UnspeakableException()));

        await Assert.ThrowsAsync<StreamFaultedException>(() => waiting.WithinAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => flush.WithinAsync());
        Assert.Equal(1, await reader.NextAsync());
        var thrown = await Assert.ThrowsAsync<StreamFaultedException>(() => reader.MoveNextAsync().WithinAsync());
        Assert.IsType<UnspeakableException>(thrown.InnerException);
    }

    [Fact]
    public async Task Chain_SynchronousContinuations_NestToABoundedDepth()
    {
        // Each stream's consumer puts into the next stream, so an unbounded chain would nest 1,000 deep.
        var streams = Enumerable.Range(0, 1_000).Select(_ => CreateInline()).ToList();
        var deepest = 0;
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < streams.Count; i++)
        {
            var next = i + 1;
            streams[i].GetAsyncEnumerator().MoveNextAsync().GetAwaiter().UnsafeOnCompleted(() =>
            {
                t_depth++;
                InterlockedMax(ref deepest, t_depth);
                if (next == streams.Count) end.SetResult();
                else streams[next].TryPut(next);
                t_depth--;
            });
        }

        await DedicatedThread.RunAsync(() => streams[0].TryPut(0));

        await end.Task.WithinAsync();
        Assert.InRange(deepest, 2, 32);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task PingPong_SynchronousContinuations_DoesNotOverflowASmallStack(int window)
    {
        const int Rounds = 100_000;
        var options = new AsyncStreamOptions { Window = window, AllowSynchronousContinuations = true };
        var (ping, pong) = (new AsyncStream<int>(options), new AsyncStream<int>(options));
        await using var pings = ping.GetAsyncEnumerator();
        await using var pongs = pong.GetAsyncEnumerator();
        var (answering, asking) = (Task.CompletedTask, Task.CompletedTask);

        await DedicatedThread.RunAsync(
            () =>
            {
                answering = AnswerAsync();
                asking = AskAsync();
            },
            maxStackSize: 256 * 1024);

        await asking.WithinAsync();
        await ping.CloseAsync().WithinAsync();
        await answering.WithinAsync();
        Assert.Equal(Rounds, pong.GetSnapshot().ValuesPut);

        async Task AskAsync()
        {
            for (var value = 0; value < Rounds; value++)
            {
                await ping.PutAsync(value);
                Assert.True(await pongs.MoveNextAsync());
                Assert.Equal(value, pongs.Current);
            }
        }

        async Task AnswerAsync()
        {
            while (await pings.MoveNextAsync()) await pong.PutAsync(pings.Current);
        }
    }

    [Fact]
    public async Task PutAndRead_SynchronousContinuations_HandOverManyValuesOnOneStream()
    {
        const int Values = 100_000;
        var stream = CreateInline();
        var consumers = Enumerable.Range(0, 2).Select(_ => stream.ReadToEndAsync()).ToList();

        await DedicatedThread.RunAsync(() => _ = ProduceAsync(), maxStackSize: 256 * 1024);

        await stream.Completion.WithinAsync();
        foreach (var consumer in consumers) Assert.Equal(Values, (await consumer.WithinAsync()).Count);

        async Task ProduceAsync()
        {
            for (var value = 0; value < Values; value++) await stream.PutAsync(value);
            _ = stream.CloseAsync();
        }
    }

    private static AsyncStream<int> CreateInline() => new(new AsyncStreamOptions { AllowSynchronousContinuations = true });

    private static Task<int> OnResumed(ValueTask task) => OnResumed(task.GetAwaiter());

    private static Task<int> OnResumed(ValueTask<bool> task) => OnResumed(task.GetAwaiter());

    /// <summary>The thread that runs the continuation.</summary>
    private static Task<int> OnResumed(ICriticalNotifyCompletion awaiter)
    {
        var thread = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        awaiter.UnsafeOnCompleted(() => thread.SetResult(Environment.CurrentManagedThreadId));
        return thread.Task;
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
            Interlocked.CompareExchange(ref target, value, seen);
    }

    private sealed class NosyException<T>(AsyncStream<T> stream) : Exception
    {
        internal bool FoundTheLockHeld { get; private set; }

        public override string Message
        {
            get
            {
                FoundTheLockHeld |= !DedicatedThread.CanUse(stream);
                return "nosy";
            }
        }
    }

    private sealed class UnspeakableException : Exception
    {
        public override string Message => throw new NotSupportedException();
    }
}
