using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests.Sampling;

public class PageStateTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedControl _control = new();
    private readonly PageState _state;

    public PageStateTests() => _state = new PageState(_control, _time, "Shop");

    [Fact]
    public void HeldBy_ConsumerThatPutsBeginToWaitFor_IsNamedASecondLater()
    {
        _control.Streams = [Stream(100, null, Consumer("Ledger", gating: 7), Consumer("Printer", gating: 3))];
        _state.Begin();

        var stream = Second(Stream(110, TimeSpan.FromSeconds(0.1), Consumer("Ledger", gating: 7.9, isGating: true), Consumer("Printer", gating: 3.01)));

        Assert.Equal(("Ledger", 0.91), ((string?)stream["heldBy"], (double)stream["blockedRatio"]!));
        Assert.Equal(["Ledger"], stream["waitingFor"]!.AsArray().Select(name => (string?)name));
        Assert.Equal([0.989, 0.011], stream["consumers"]!.AsArray().Select(consumer => (double)consumer!["gatingShare"]!));
    }

    [Fact]
    public void Holder_StageOnlyWaits_IsTheEndOfTheChainThatWasFoundMost()
    {
        StreamxHolder[] holders = [Holder("orders", "Invoicing"), Holder("invoices", "Mailer", "Invoicing"), Holder("invoices", "Mailer", "Invoicing")];
        var stage = Consumer("Invoicing", gating: 7, holds: true, isGating: true);
        _control.Streams = [Stream(100, null, stage) with { Holder = holders[0] }];
        _state.Begin();
        foreach (var holder in holders)
        {
            _control.Streams = [Stream(100, TimeSpan.FromSeconds(1), stage with { WaitsIn = holder.Through.Count > 0 ? "invoices" : null }) with { Holder = holder }];
            _state.Look();
        }

        var stream = Second(Stream(100, TimeSpan.FromSeconds(1), Consumer("Invoicing", gating: 8, holds: true, isGating: true) with { WaitsIn = "invoices", State = StreamxConsumerState.OutputWait }) with { Holder = holders[1] });
        var consumer = stream["consumers"]![0]!;

        Assert.Equal("Invoicing", (string?)stream["heldBy"]);
        Assert.Equal("""{"stream":"invoices","consumer":"Mailer","through":["Invoicing"]}""", stream["holder"]!.ToJsonString());
        Assert.Equal(("OutputWait", "invoices"), ((string?)consumer["state"], (string?)consumer["waitsIn"]));
        // Five looks: two found it at work, three in its put.
        Assert.Equal((0.4, 0.6), ((double)consumer["busyRatio"]!, (double)consumer["outputWaitRatio"]!));
    }

    [Fact]
    public void Holder_NoWaitHasBeenMeasuredYet_IsTheEndOfTheChainNow()
    {
        _control.Streams = [Stream(100, TimeSpan.FromSeconds(3), Consumer("Invoicing", isGating: true)) with { Holder = Holder("invoices", "Mailer", "Invoicing") }];
        _state.Begin();

        Assert.Equal("Mailer", (string?)JsonNode.Parse(_state.Describe().WithMessages)!["streams"]![0]!["holder"]!["consumer"]);
    }

    [Fact]
    public void HeldBy_PutsThatHardlyWait_IsNull()
    {
        _control.Streams = [Stream(100, null, Consumer("Ledger"))];
        _state.Begin();

        Assert.Null(Second(Stream(110, null, Consumer("Ledger", gating: 0.04)))["heldBy"]);
    }

    [Fact]
    public void Begin_AfterAWhile_DoesNotTakeTheWhileForASecond()
    {
        _control.Streams = [Stream(0, null, Consumer("Ledger"))];
        _state.Begin();
        _time.Advance(TimeSpan.FromHours(1));
        _control.Streams = [Stream(1_000_000, null, Consumer("Ledger", gating: 3000))];
        _state.Begin();

        var stream = Second(Stream(1_000_010, null, Consumer("Ledger", gating: 3000)));

        Assert.Equal((10, 0), ((double)stream["itemsPerSecond"]!, (double)stream["blockedRatio"]!));
        Assert.Null(stream["heldBy"]);
    }

    [Fact]
    public void Processor_IsAProducerOfItsOutput()
    {
        var invoices = Stream(0, null, Consumer("Archive")) with { Name = "invoices", Producers = [] };
        var orders = Stream(0, null, Consumer("Invoicing") with { OutputStream = "invoices" });
        _control.Streams = [orders, invoices];
        _state.Begin();

        var producer = Assert.Single(JsonNode.Parse(_state.Describe().WithMessages)!["streams"]![1]!["producers"]!.AsArray())!;

        Assert.Equal(("Invoicing", "orders"), ((string?)producer["name"], (string?)producer["inputStream"]));
    }

    [Fact]
    public void TryEndSecond_APageIsOpen_AsksForReportsOnceASecond()
    {
        _control.Streams = [Stream(0, null, Consumer("Ledger"))];
        _state.Begin();
        for (var second = 0; second < 3; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _state.TryEndSecond(isShown: false);
        }

        Assert.Equal(0, _control.ReportRequests);
        for (var look = 0; look < 30; look++)
        {
            _time.Advance(TimeSpan.FromSeconds(0.1));
            _state.TryEndSecond(isShown: true);
        }

        Assert.Equal(3, _control.ReportRequests);
    }

    [Fact]
    public void HeldBy_PutsOfTheLeaderWaitForAName_IsTheNameThatTheyWaitedForMost()
    {
        StreamxStreamStatus Waiting(params string[] gating) => Stream(5, TimeSpan.FromSeconds(0.1), Consumer("Ledger", isGating: true)) with
        {
            Remote = Statuses.Remote(leads: true, [.. ((string[])["Billing", "Ledger", "Search"]).Select(name => Name(name, 1, "pod-1") with { IsGating = gating.Contains(name) })]),
        };
        _control.Streams = [Waiting("Search")];
        _state.Begin();
        _control.Streams = [Waiting("Billing", "Search")];
        _state.Look();
        _control.Streams = [Waiting()];
        _state.Look();

        var stream = Second(Waiting("Billing", "Search"));

        Assert.Equal(("Search", 0.75), ((string?)stream["heldBy"], (double)stream["blockedRatio"]!));
        Assert.Equal(["Billing", "Search"], stream["waitingFor"]!.AsArray().Select(name => (string?)name));
        Assert.Equal([0.5, 0, 0.75], stream["remote"]!["names"]!.AsArray().Select(name => (double)name!["gatingRatio"]!));
    }

    [Fact]
    public void HeldBy_NoLongerLeading_ForgetsTheNames()
    {
        var leading = Stream(5, null) with { Remote = Statuses.Remote(leads: true, Name("Search", 1, "pod-1") with { IsGating = true }) };
        _control.Streams = [leading];
        _state.Begin();
        Second(leading);

        var stream = Second(leading with { Remote = Statuses.Remote(leads: false) });

        Assert.Null((string?)stream["heldBy"]);
        Assert.Equal(0, (double)stream["blockedRatio"]!);
    }

    [Fact]
    public void Charts_ReachBackFiveMinutes_AndNoFurther()
    {
        _control.Streams = [Stream(0, null, Consumer("Ledger"))];
        _state.Begin();
        for (var second = 0; second < 400; second++) Second(Stream(second, null, Consumer("Ledger")));

        var stream = JsonNode.Parse(_state.DescribeHistory().WithMessages)!["streams"]![0]!;

        Assert.Equal(ChartHistory.Seconds, stream["times"]!.AsArray().Count);
        Assert.Equal(ChartHistory.Seconds, stream["itemsPerSecond"]!.AsArray().Count);
        Assert.Equal(ChartHistory.Seconds, stream["handlingP95Seconds"]!["Ledger"]!.AsArray().Count);
    }

    [Fact]
    public void ItemsPerSecond_ValuesComeInBatches_DoesNotJump()
    {
        _control.Streams = [Stream(0, null, Consumer("Ledger"))];
        _state.Begin();
        var rates = new List<double>();
        for (var second = 1; second <= 30; second++) rates.Add((double)Second(Stream(100 * (second / 2), null, Consumer("Ledger")))["itemsPerSecond"]!);

        Assert.All(rates[10..], rate => Assert.Equal(50, rate));
    }

    [Fact]
    public void Producer_HasItsOwnRate_AndSaysHowLongItWaits()
    {
        StreamxStreamStatus Putting(long put) => Stream(2 * put, null, Consumer("Ledger")) with
        {
            Producers = [new StreamxProducerStatus { Name = "Feed", State = StreamxProducerState.Running, Restarts = 0, Faults = 0, ValuesPut = put, WaitingFor = TimeSpan.FromSeconds(22) }],
        };
        _control.Streams = [Putting(100)];
        _state.Begin();

        var producer = Second(Putting(130))["producers"]![0]!;

        Assert.Equal((30, 22), ((double)producer["itemsPerSecond"]!, (double)producer["waitingSeconds"]!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Messages_AreInNoDocumentOfAReaderWhoMayNotControl(bool hasMessages)
    {
        var state = new PageState(_control, _time, "Shop", hasMessages);
        var failure = Failure("The disk is full.");
        var ledger = Consumer("Ledger") with
        {
            State = StreamxConsumerState.Failed,
            ValuesSkipped = 1,
            LastFailure = failure,
            FailedValues = [new StreamxFailedValue { Position = 3, WasDeadLettered = false, Failure = failure }],
        };
        var status = Stream(9, null, ledger);
        _control.Streams = [status with { Producers = [status.Producers[0] with { State = StreamxProducerState.Failed, LastFailure = failure }] }];
        state.Begin();
        _time.Advance(TimeSpan.FromSeconds(1));

        foreach (var data in (FrameData[])[state.Describe(), state.DescribeHistory(), state.TryEndSecond()!])
        {
            var (with, without) = (Encoding.UTF8.GetString(data.WithMessages), Encoding.UTF8.GetString(data.WithoutMessages));
            Assert.Equal(hasMessages, with.Contains("disk", StringComparison.Ordinal));
            Assert.DoesNotContain("disk", without, StringComparison.Ordinal);
            Assert.Contains("System.IO.IOException", without, StringComparison.Ordinal);
        }
    }

    private JsonNode Second(StreamxStreamStatus status)
    {
        _control.Streams = [status];
        _time.Advance(TimeSpan.FromSeconds(1));
        _state.Look();
        return JsonNode.Parse(_state.TryEndSecond()!.WithMessages)!["streams"]![0]!;
    }
}
