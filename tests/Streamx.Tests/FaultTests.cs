using System.Runtime.CompilerServices;
using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class FaultTests
{
    private readonly FormatException _error = new("the feed is broken");

    [Fact]
    public async Task TryFault_Open_IsFaultedAtOnceAndOnlyOnce()
    {
        var stream = new AsyncStream<int>();
        await using var subscription = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();

        var first = stream.TryFault(_error);
        var state = stream.State;
        var second = stream.TryFault(new InvalidCastException());

        Assert.True(first);
        Assert.Equal(StreamState.Faulted, state);
        Assert.False(second);
        Assert.Same(_error, stream.Fault);
        Assert.False(stream.Completion.IsCompleted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task TryFault_ValuesAccepted_ConsumersGetThemFirst(int window)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });
        await using var reader = stream.GetAsyncEnumerator();
        for (var value = 0; value < window; value++) Assert.True(stream.TryPut(value));

        stream.TryFault(_error);

        for (var value = 0; value < window; value++)
        {
            Assert.False(stream.Completion.IsCompleted);
            Assert.Equal(value, await reader.NextAsync());
        }

        var thrown = await Assert.ThrowsAsync<StreamFaultedException>(() => reader.MoveNextAsync().WithinAsync());
        Assert.Same(_error, thrown.InnerException);
        var completion = await Assert.ThrowsAsync<StreamFaultedException>(() => stream.Completion.WithinAsync());
        Assert.Same(_error, completion.InnerException);
        var again = await Assert.ThrowsAsync<StreamFaultedException>(() => reader.MoveNextAsync().WithinAsync());
        Assert.NotSame(thrown, again);
    }

    [Fact]
    public async Task TryFault_ReadsWaiting_ThrowToEveryConsumer()
    {
        var stream = new AsyncStream<int>();
        var consumers = Enumerable.Range(0, 3).Select(_ => stream.ReadToEndAsync()).ToList();

        stream.TryFault(_error);

        var thrown = new List<StreamFaultedException>();
        foreach (var consumer in consumers) thrown.Add(await Assert.ThrowsAsync<StreamFaultedException>(() => consumer.WithinAsync()));
        Assert.All(thrown, error => Assert.Same(_error, error.InnerException));
        Assert.Equal(3, thrown.Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    [Fact]
    public async Task TryFault_PutsWaiting_FailAndNoSubscriptionGetsTheirValues()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var first = stream.PutAsync(2);
        var second = stream.PutAsync(3);

        stream.TryFault(_error);

        foreach (var put in new[] { first, second, stream.PutAsync(4) })
        {
            var thrown = await Assert.ThrowsAsync<StreamFaultedException>(() => put.WithinAsync());
            Assert.Same(_error, thrown.InnerException);
        }

        Assert.False(stream.TryPut(5));
        Assert.Equal(1, await reader.NextAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => reader.MoveNextAsync().WithinAsync());
        Assert.Equal(1, stream.GetSnapshot().ValuesPut);
        Assert.Equal(0, stream.GetSnapshot().ValuesWaiting);
    }

    [Fact]
    public async Task TryFault_PutsWaitForASubscription_FailThem()
    {
        var stream = new AsyncStream<int>();
        var put = stream.PutAsync(1);

        stream.TryFault(_error);

        await Assert.ThrowsAsync<StreamFaultedException>(() => put.WithinAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => stream.Completion.WithinAsync());
    }

    [Fact]
    public async Task TryFault_FlushesWaiting_FailThemAndLaterOnes()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        await stream.PutAsync(1).WithinAsync();
        var waiting = stream.FlushAsync();
        var cancellable = stream.FlushAsync(cancellation.Token);

        stream.TryFault(_error);

        foreach (var flush in new[] { waiting, cancellable, stream.FlushAsync() })
        {
            var thrown = await Assert.ThrowsAsync<StreamFaultedException>(() => flush.WithinAsync());
            Assert.Same(_error, thrown.InnerException);
        }
    }

    [Fact]
    public async Task TryFault_NothingAccepted_CompletionFaultsAtOnce()
    {
        var stream = new AsyncStream<int>();
        await using var subscription = stream.Subscribe();

        stream.TryFault(_error);

        Assert.True(stream.Completion.IsFaulted);
        var thrown = await Assert.ThrowsAsync<StreamFaultedException>(() => stream.Completion);
        Assert.Same(_error, thrown.InnerException);
    }

    [Fact]
    public async Task TryFault_ConsumerLeavesInsteadOfDraining_CompletionFaults()
    {
        var stream = new AsyncStream<int>();
        var subscription = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();
        stream.TryFault(_error);
        var before = stream.Completion.IsCompleted;

        await subscription.DisposeAsync();

        Assert.False(before);
        Assert.True(stream.Completion.IsFaulted);
        Assert.Equal(StreamState.Faulted, stream.State);
    }

    [Fact]
    public async Task CloseAsync_Faulted_WaitsForTheDrainAndDoesNotThrowTheFault()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        stream.TryFault(_error);

        var close = stream.CloseAsync();
        var dispose = stream.DisposeAsync().AsTask();
        var waits = !close.IsCompleted && !dispose.IsCompleted;
        Assert.Equal(1, await reader.NextAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => reader.MoveNextAsync().WithinAsync());

        Assert.True(waits);
        await close.WithinAsync();
        await dispose.WithinAsync();
        await stream.CloseAsync(new CancellationTokenSource().Token).WithinAsync();
        Assert.Equal(StreamState.Faulted, stream.State);
        await Assert.ThrowsAsync<StreamFaultedException>(() => stream.Completion.WithinAsync());
    }

    [Fact]
    public async Task TryFault_Closing_FaultsWaitingPutsAndTheEndOfTheLoop()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var waiting = stream.PutAsync(2);
        var close = stream.CloseAsync();

        var faulted = stream.TryFault(_error);

        Assert.True(faulted);
        Assert.Equal(StreamState.Faulted, stream.State);
        await Assert.ThrowsAsync<StreamFaultedException>(() => waiting.WithinAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => stream.PutAsync(3).WithinAsync());
        Assert.Equal(1, await reader.NextAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => reader.MoveNextAsync().WithinAsync());
        await close.WithinAsync();
        await Assert.ThrowsAsync<StreamFaultedException>(() => stream.Completion.WithinAsync());
    }

    [Fact]
    public async Task TryFault_ClosingWithNothingMoreToCommit_FaultsWhatIsLeft()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var close = stream.CloseAsync();

        Assert.True(stream.TryFault(_error));

        Assert.Equal(1, await reader.NextAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => reader.MoveNextAsync().WithinAsync());
        await close.WithinAsync();
        Assert.True(stream.Completion.IsFaulted);
    }

    [Fact]
    public async Task TryFault_Closed_ReturnsFalse()
    {
        var stream = new AsyncStream<int>();
        await stream.CloseAsync().WithinAsync();

        var faulted = stream.TryFault(_error);

        Assert.False(faulted);
        Assert.Equal(StreamState.Closed, stream.State);
        Assert.True(stream.Completion.IsCompletedSuccessfully);
        Assert.Null(stream.Fault);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Subscribe_AfterFault_TheLoopThrowsAtOnce(bool drained)
    {
        var stream = new AsyncStream<int>();
        await using var holding = stream.Subscribe();
        if (!drained) await stream.PutAsync(1).WithinAsync();
        stream.TryFault(_error);

        await using var reader = stream.GetAsyncEnumerator();
        var read = reader.MoveNextAsync();

        Assert.True(read.IsFaulted);
        var thrown = await Assert.ThrowsAsync<StreamFaultedException>(() => read.WithinAsync());
        Assert.Same(_error, thrown.InnerException);
        Assert.Equal(1, stream.SubscriptionCount);
    }

    [Fact]
    public void TryFault_Null_IsRefused()
    {
        var stream = new AsyncStream<int>();

        Assert.Throws<ArgumentNullException>(() => stream.TryFault(null!));

        Assert.Equal(StreamState.Open, stream.State);
    }

    [Fact]
    public async Task TryFault_FromManyThreadsAtOnce_OneWins()
    {
        var stream = new AsyncStream<int>();
        var errors = Enumerable.Range(0, 16).Select(i => new FormatException($"{i}")).ToList();

        var won = await Task.WhenAll(errors.Select(error => Task.Run(() => stream.TryFault(error)))).WithinAsync();

        Assert.Single(won, true);
        Assert.Same(errors[Array.IndexOf(won, true)], stream.Fault);
    }

    [Fact]
    public void TryFault_NobodyLooksAtCompletion_IsNoUnobservedException()
    {
        var unobserved = new List<Exception>();
        TaskScheduler.UnobservedTaskException += OnUnobserved;
        try
        {
            FaultAndForget(_error);
            Collection.Force();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= OnUnobserved;
        }

        Assert.Empty(unobserved);

        // Other tests' tasks may be collected at the same time: only this error counts.
        void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            if (ReferenceEquals(e.Exception.InnerException?.InnerException, _error)) unobserved.Add(e.Exception);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FaultAndForget(Exception error)
    {
        var stream = new AsyncStream<int>();
        Assert.True(stream.TryFault(error));
        Assert.True(stream.CloseAsync().IsCompletedSuccessfully);
    }
}
