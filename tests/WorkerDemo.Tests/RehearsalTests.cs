using Microsoft.Extensions.Time.Testing;

namespace WorkerDemo.Tests;

public class RehearsalTests
{
    [Fact]
    public async Task Stall_HoldsTheNextValueOnce()
    {
        var time = new FakeTimeProvider();
        var options = new DemoOptions { Stall = { ["Journal"] = 60 } };
        var rehearsal = new Rehearsal(options, time);

        var other = rehearsal.BeforeAsync("Alerts", 1, CancellationToken.None);
        var first = rehearsal.BeforeAsync("Journal", 100, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(59.999));
        var wasHeld = !first.IsCompleted;
        time.Advance(TimeSpan.FromMilliseconds(1));
        await first;
        var second = rehearsal.BeforeAsync("Journal", 100, CancellationToken.None);

        Assert.True(other.IsCompletedSuccessfully);
        Assert.True(wasHeld);
        Assert.True(second.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Stall_Aborted_EndsAtOnce()
    {
        using var abort = new CancellationTokenSource();
        var rehearsal = new Rehearsal(new DemoOptions { Stall = { ["Journal"] = 60 } }, new FakeTimeProvider());
        var held = rehearsal.BeforeAsync("Journal", 1, abort.Token);

        await abort.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held.AsTask());
    }
}
