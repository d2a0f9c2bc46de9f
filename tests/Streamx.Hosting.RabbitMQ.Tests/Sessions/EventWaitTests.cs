using System.Threading.Channels;
using Streamx.TestUtilities.Clocks;

namespace Streamx.Hosting.RabbitMQ.Tests.Sessions;

public sealed class EventWaitTests
{
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task WaitAsync_NoEventComes_LeavesOneWaitWithTheChannel()
    {
        var (clock, events) = (new SimulatedClock(), new CountedReader());
        var wait = new EventWait(events, clock, default);

        for (var i = 0; i < 3; i++)
        {
            var waiting = wait.WaitAsync(s_time);
            Assert.True(clock.AdvanceToNext(s_time));
            Assert.False(await waiting.WithinAsync());
        }

        Assert.Equal(1, events.Waits);
        var next = wait.WaitAsync(s_time);
        events.Channel.Writer.TryWrite(new LeaderEvent("a"));
        Assert.True(await next.WithinAsync());
        Assert.Equal(1, events.Waits);
        Assert.True(await wait.WaitAsync(s_time).WithinAsync());
        Assert.Equal(2, events.Waits);
    }

    [Fact]
    public async Task WaitAsync_ConnectionEnds_EndsWithoutAnEvent()
    {
        using var ended = new CancellationTokenSource();
        var wait = new EventWait(new CountedReader(), new SimulatedClock(), ended.Token);
        var waiting = wait.WaitAsync(s_time);

        await ended.CancelAsync();

        Assert.False(await waiting.WithinAsync());
    }

    /// <summary>Counts the waits that the channel is asked for.</summary>
    private sealed class CountedReader : ChannelReader<LeaderEvent>
    {
        public Channel<LeaderEvent> Channel { get; } = System.Threading.Channels.Channel.CreateUnbounded<LeaderEvent>();

        public int Waits { get; private set; }

        public override bool TryRead(out LeaderEvent item) => Channel.Reader.TryRead(out item!);

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
        {
            Waits++;
            return Channel.Reader.WaitToReadAsync(cancellationToken);
        }
    }
}
