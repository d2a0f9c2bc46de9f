using Spectre.Console;
using Streamx;
using Streamx.Hosting;

namespace WorkerDemo.Tests.Display;

public class LiveViewTests
{
    [Fact]
    public void Render_AConsumerIsWaitedFor_NamesItWithoutColours()
    {
        var lines = Render(79, Status(100, 1, isHolding: true), Status(140, 2.5, isHolding: false));

        Assert.Equal(
            [
                "── Stream events: Open, 140 values, 16 of 16 places of the window used ────────",
                " > A put has waited for Journal for 0.25 s.",
                "",
                "   worker         state       busy             puts waited   share values/s",
                "────────────────────────────────────────────────────────────────────────────",
                "   ProcessWatcher Running     ██░░░░░░░░  25 %       2.5 s  75.0 %     20.0",
                " > Journal        Processing  █████░░░░░  50 %       2.5 s  75.0 %     20.0",
            ],
            lines.Where((line, index) => line.Length > 0 || index == 2));
    }

    [Fact]
    public void Render_NoPutWaits_SaysSo()
    {
        var lines = Render(79, Status(100, 1, isHolding: true), Status(140, 1, isHolding: true) with { Stream = Stream(140, 1, waits: null) });

        Assert.Equal("   No put waits.", lines[1]);
        Assert.Contains("   Journal        Processing  ██████████ 100 %       1.0 s   0.0 %     20.0", lines);
    }

    [Fact]
    public void Render_AConsumerHasSeveralSlots_SaysHowManyAreBusy()
    {
        var lines = Render(79, WithSlots(100, busy: 7), WithSlots(140, busy: 5));

        Assert.Contains("   Journal        5 of 8 busy ████████░░  75 %       1.0 s   0.0 %     20.0", lines);

        static StreamxStreamStatus WithSlots(long values, int busy)
        {
            var status = Status(values, 1, isHolding: true);
            return status with { Stream = Stream(values, 1, waits: null), Consumers = [status.Consumers[0] with { Concurrency = 8, SlotsBusy = busy }] };
        }
    }

    [Theory]
    [InlineData(60)]
    [InlineData(40)]
    [InlineData(20)]
    public void Render_NarrowTerminal_StaysWithinIt(int width) =>
        Assert.All(Render(width, Status(100, 1, isHolding: true), Status(140, 2.5, isHolding: false)), line => Assert.InRange(line.Length, 0, width));

    private static string[] Render(int width, params StreamxStreamStatus[] history)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(writer) });
        (console.Profile.Width, console.Profile.Capabilities.Unicode) = (width, true);
        console.Write(LiveView.Render(history, TimeSpan.FromSeconds(2)));
        return [.. $"{writer}".TrimEnd().Split('\n').Select(line => line.TrimEnd())];
    }

    private static StreamSnapshot Stream(long values, double waited, double? waits = 0.25) => new()
    {
        Name = "events", State = StreamState.Open, Window = 16, ValuesPut = values, ValuesDiscarded = 0, ValuesWaiting = waits is null ? 0 : 1,
        OldestWaitingPutAge = waits is { } seconds ? TimeSpan.FromSeconds(seconds) : null, Subscriptions = [Subscription(values, waited, isHolding: false)],
    };

    private static SubscriptionSnapshot Subscription(long values, double waited, bool isHolding) => new()
    {
        Name = "Journal", Mode = SubscriptionMode.Every, Position = values, Lag = 16, ValuesFinished = values, ValuesAbandoned = 0, ValuesOvertaken = 0,
        HoldsValue = isHolding, HeldFor = TimeSpan.Zero, IsGating = true, TimeGating = TimeSpan.FromSeconds(waited),
    };

    private static StreamxStreamStatus Status(long values, double waited, bool isHolding) => new()
    {
        Name = "events",
        ControlActions = 0,
        Stream = Stream(values, waited),
        Producers = [new StreamxProducerStatus { Name = "ProcessWatcher", State = StreamxProducerState.Running, Faults = 0, Restarts = 0 }],
        Consumers =
        [
            new StreamxConsumerStatus
            {
                Name = "Journal", State = StreamxConsumerState.Processing, IsStalled = false, OutputStream = null, Faults = 0, Restarts = 0, Retries = 0,
                Subscription = Subscription(values, waited, isHolding), ValuesFinished = values, ValuesSkipped = 0, ValuesDeadLettered = 0,
                SlotsBusy = isHolding ? 1 : 0,
            },
        ],
    };
}
