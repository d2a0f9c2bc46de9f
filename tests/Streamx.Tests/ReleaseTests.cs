namespace Streamx.Tests;

/// <summary>Every decided waiter is released, whatever happens to the others.</summary>
public class ReleaseTests
{
    [Fact]
    public async Task TryPut_AContextRefusesAContinuation_TheOtherConsumersGetTheValue()
    {
        var stream = new AsyncStream<int>();
        await using var refusing = stream.Subscribe().GetAsyncEnumerator();
        await using var healthy = stream.Subscribe().GetAsyncEnumerator();
        AwaitInARefusingContext(refusing);
        var next = healthy.MoveNextAsync();

        var error = Assert.Throws<NotSupportedException>(() => stream.TryPut(1));

        Assert.Equal("refused", error.Message);
        Assert.True(await next.AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, healthy.Current);
    }

    [Fact]
    public async Task MoveNextAsync_CancelledAfterTheEndWasRead_StaysAtTheEnd()
    {
        using var source = new CancellationTokenSource();
        var stream = new AsyncStream<int>();
        await using var reader = stream.Subscribe().GetAsyncEnumerator(source.Token);
        await stream.CloseAsync();
        var first = await reader.MoveNextAsync();

        await source.CancelAsync();

        Assert.False(first);
        Assert.False(await reader.MoveNextAsync());
    }

    [Fact]
    public async Task TimeGating_TheLastLeavesWhileAPutWaits_TheWaitSoFarIsItsOwn()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var stream = new AsyncStream<int>(new AsyncStreamOptions { TimeProvider = time });
        var leaving = stream.Subscribe();
        await stream.PutAsync(1);
        var waiting = stream.PutAsync(2);

        time.Advance(TimeSpan.FromSeconds(3));
        await leaving.DisposeAsync();
        time.Advance(TimeSpan.FromSeconds(4));
        var joining = stream.Subscribe();
        await waiting;

        Assert.Equal(TimeSpan.FromSeconds(3), leaving.GetSnapshot().TimeGating);
        Assert.Equal(TimeSpan.Zero, joining.GetSnapshot().TimeGating);
    }

    private static void AwaitInARefusingContext(IAsyncEnumerator<int> reader)
    {
        var previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new RefusingContext());
        try
        {
            _ = AwaitAsync();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }

        async Task AwaitAsync() => await reader.MoveNextAsync().ConfigureAwait(true);
    }

    private sealed class RefusingContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => throw new NotSupportedException("refused");
    }
}
