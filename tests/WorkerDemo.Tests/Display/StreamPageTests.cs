using Streamx;
using Streamx.Hosting;

namespace WorkerDemo.Tests.Display;

public class StreamPageTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void Render_AConsumerIsWaitedFor_NamesItAndFits(int width)
    {
        var lines = StreamPage.Render([Status(100, 1, isHolding: true), Status(140, 2.5, isHolding: false)], TimeSpan.FromSeconds(2), width);

        Assert.All(lines, line => Assert.True(line.Length <= width && line == line.TrimEnd(), line));
        Assert.Equal("Stream events: Open, 140 values, 16 of 16 places of the window used", lines[0]);
        Assert.Equal("A put has waited for Journal for 0.25 s.", lines[1]);
        Assert.Equal("                      state       busy               waits     share  values/s", lines[3]);
        Assert.Equal("ProcessWatcher        Running                        2.5 s    75.0 %      20.0", lines[4]);
        Assert.Equal("> Journal             Processing  ##... 50 %         2.5 s    75.0 %      20.0", lines[5]);
        Assert.Equal(new string('-', width), lines[6]);
    }

    [Fact]
    public void Render_NarrowTerminal_IsCut()
    {
        var lines = StreamPage.Render([Status(1, 0, isHolding: false)], TimeSpan.Zero, 30);

        Assert.All(lines, line => Assert.InRange(line.Length, 0, 30));
    }

    [Fact]
    public void Fit_ControlCharacters_DoNotReachTheTerminal() => Assert.Equal("a [2Jb", StreamPage.Fit("a\e[2Jb", 80));

    private static StreamxStreamStatus Status(long values, double waited, bool isHolding)
    {
        var subscription = new SubscriptionSnapshot
        {
            Name = "Journal", Mode = SubscriptionMode.Every, Position = values, Lag = 16, ValuesFinished = values, ValuesAbandoned = 0, ValuesOvertaken = 0,
            HoldsValue = isHolding, HeldFor = TimeSpan.Zero, IsGating = true, TimeGating = TimeSpan.FromSeconds(waited),
        };
        return new StreamxStreamStatus
        {
            Name = "events",
            ControlActions = 0,
            Stream = new StreamSnapshot
            {
                Name = "events", State = StreamState.Open, Window = 16, ValuesPut = values, ValuesDiscarded = 0, ValuesWaiting = 1,
                OldestWaitingPutAge = TimeSpan.FromSeconds(0.25), Subscriptions = [subscription],
            },
            Producers = [new StreamxProducerStatus { Name = "ProcessWatcher", State = StreamxProducerState.Running, Faults = 0, Restarts = 0 }],
            Consumers =
            [
                new StreamxConsumerStatus
                {
                    Name = "Journal", State = StreamxConsumerState.Processing, IsStalled = false, OutputStream = null, Subscription = subscription, Faults = 0,
                    Restarts = 0, Retries = 0, ValuesFinished = values, ValuesSkipped = 0, ValuesDeadLettered = 0,
                },
            ],
        };
    }
}
