using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests.Sampling;

/// <summary>What the page says of a stream between processes.</summary>
public class RemoteViewTests
{
    [Fact]
    public void ProcessLeads_SaysWhereEachConsumerRuns()
    {
        var remote = Statuses.Remote(leads: true, Name("billing", 4), Name("ledger", 0, "pod-1", "pod-2")) with { Problems = ["a: gone"] };

        var document = DescribeStream(remote);

        Assert.Equal(
            """{"instance":"pod-0","isLeading":true,"isStandby":false,"problems":["a: gone"],"names":["""
            + """{"name":"billing","instance":null,"standbys":[],"processes":0,"lag":4,"isGating":false,"gatingRatio":null,"report":null},"""
            + """{"name":"ledger","instance":"pod-1","standbys":["pod-2"],"processes":2,"lag":0,"isGating":false,"gatingRatio":null,"report":null}]}""",
            document.ToJsonString());
    }

    [Fact]
    public void ConsumersReportToTheLeader_ShowsHowTheActiveOneWorks()
    {
        var remote = Statuses.Remote(leads: true, Name("Ledger", 0, "pod-1", "pod-2"), Name("Search", 3, "pod-2")) with
        {
            Reports =
            [
                Report("pod-1", Reported("Ledger", 0.25, 0.1)),
                Report("pod-2", Reported("Ledger", 0, 0, isActive: false), Reported("Search", 1, 12.5, isStalled: true)),
            ],
        };

        var names = Describe(remote);

        Assert.Equal(["Ledger", "Search"], names.Select(name => (string?)name["name"]));
        Assert.Equal(
            """{"state":"Processing","isStalled":false,"busyRatio":0.25,"itemAgeSeconds":0.1,"ageSeconds":0.5}""",
            names[0]["report"]!.ToJsonString());
        Assert.Equal((true, 12.5), ((bool)names[1]["report"]!["isStalled"]!, (double)names[1]["report"]!["itemAgeSeconds"]!));
    }

    [Fact]
    public void ProcessDoesNotLead_ShowsEveryConsumerThatTheOthersReport()
    {
        var leader = Report("pod-1") with { IsLeading = true, Names = [Name("Ledger", 7, "pod-0"), Name("Search", 3, "pod-2")] };
        var own = Name("Ledger", null, "pod-0") with { Processes = null };
        var remote = Statuses.Remote(leads: false, own) with { Reports = [leader, Report("pod-3", Reported("Unknown", 0.5, 1))] };

        var names = Describe(remote);

        Assert.Equal(
            [("Ledger", 7L, "pod-0"), ("Search", 3L, "pod-2"), ("Unknown", null, "pod-3")],
            names.Select(name => ((string)name["name"]!, (long?)name["lag"], (string?)name["instance"])));
        Assert.Equal([null, null, 0.5], names.Select(name => (double?)name["report"]?["busyRatio"]));
    }

    [Fact]
    public void NoProcessReports_ShowsWhatThisOneKnows()
    {
        var name = Assert.Single(Describe(Statuses.Remote(leads: false, Name("Ledger", null, "pod-0") with { Processes = null })));

        Assert.Equal(("Ledger", "pod-0"), ((string?)name["name"], (string?)name["instance"]));
        Assert.Null(name["report"]);
    }

    /// <summary>What the page says of each consumer of the stream, wherever it runs.</summary>
    private static List<JsonNode> Describe(StreamxRemoteStatus remote) =>
        [.. DescribeStream(remote)["names"]!.AsArray().Select(name => name!)];

    private static JsonNode DescribeStream(StreamxRemoteStatus remote)
    {
        var control = new ScriptedControl { Streams = [Stream(0, null, Consumer("Ledger")) with { Remote = remote }] };
        var state = new PageState(control, new FakeTimeProvider(), "Shop");
        state.Begin();
        return JsonNode.Parse(state.Describe().WithMessages)!["streams"]![0]!["remote"]!;
    }
}
