using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>The table of <see cref="RemoteLifecycle"/>.</summary>
public sealed class RemoteLifecycleTests
{
    private static readonly IOException s_first = new("First.");
    private static readonly IOException s_second = new("Second.");

    private readonly FakeTimeProvider _clock = new();
    private readonly RemoteLifecycle _life;

    public RemoteLifecycleTests() => _life = new RemoteLifecycle("numbers", _clock);

    [Theory]
    [InlineData("", StreamState.Open, false, false)]
    [InlineData("close", StreamState.Closing, false, false)]
    [InlineData("close close", StreamState.Closing, false, false)]
    [InlineData("close complete", StreamState.Closed, false, true)]
    [InlineData("complete", StreamState.Closed, false, true)]
    [InlineData("complete close", StreamState.Closed, false, true)]
    [InlineData("complete complete", StreamState.Closed, false, true)]
    [InlineData("complete fault", StreamState.Closed, false, true)]
    [InlineData("fault", StreamState.Faulted, true, false)]
    [InlineData("fault close", StreamState.Faulted, true, false)]
    [InlineData("fault fault", StreamState.Faulted, true, false)]
    [InlineData("fault complete", StreamState.Faulted, true, true)]
    [InlineData("close fault", StreamState.Faulted, true, false)]
    [InlineData("close fault complete", StreamState.Faulted, true, true)]
    public async Task Steps_LeadTo(string steps, StreamState state, bool isFaulted, bool isDrained)
    {
        Take(steps);

        Assert.Equal(state, _life.State);
        Assert.Equal((isFaulted, isDrained), (_life.WhenFaulted.IsCompleted, _life.Drained.IsCompletedSuccessfully));
        Assert.Same(isFaulted ? s_first : null, _life.Fault);
        if (isFaulted) Assert.Same(s_first, await _life.WhenFaulted);
    }

    [Theory]
    [InlineData("close", "complete")]
    [InlineData("close", "fault")]
    [InlineData("fault", "complete")]
    [InlineData("fault", "close")]
    [InlineData("complete", "close")]
    public void SinceEnded_CountsFromTheFirstStep(string first, string second)
    {
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, _life.SinceEnded);

        Take(first);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Take(second);
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(TimeSpan.FromSeconds(3), _life.SinceEnded);
    }

    [Fact]
    public void Refusal_IsRecognisedByTheStreamThatMadeIt()
    {
        _life.Close();
        var other = new RemoteLifecycle("numbers", _clock);
        other.Close();

        var refusal = Assert.IsType<StreamClosedException>(_life.NewRefusal());

        Assert.True(_life.Refused(refusal));
        Assert.False(other.Refused(refusal));
        Assert.NotSame(refusal, _life.NewRefusal());
    }

    [Fact]
    public void FaultAndComplete_AtTheSameTime_OneOfThemDecides()
    {
        for (var round = 0; round < 500; round++)
        {
            var life = new RemoteLifecycle("numbers", _clock);
            var hasFaulted = false;

            Parallel.Invoke(() => hasFaulted = life.TryFault(s_first), life.Complete, life.Close);

            Assert.Equal(hasFaulted ? StreamState.Faulted : StreamState.Closed, life.State);
            Assert.Equal((hasFaulted, true), (life.WhenFaulted.IsCompleted, life.Drained.IsCompleted));
        }
    }

    private void Take(string steps)
    {
        foreach (var step in steps.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (step == "close") _life.Close();
            else if (step == "complete") _life.Complete();
            else _life.TryFault(_life.Fault is null ? s_first : s_second);
        }
    }
}
