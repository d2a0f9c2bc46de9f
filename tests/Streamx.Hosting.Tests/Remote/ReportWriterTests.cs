using System.Text;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>Reports of a process with very many consumers, and what is no report.</summary>
public class ReportWriterTests
{
    [Fact]
    public void Write_ManyConsumersAndNames_EachIsInAReportAndNoReportIsTooLong()
    {
        var consumers = Enumerable.Range(0, 400).Select(number => Consumer($"consumer {number:D4} Ä")).ToList();
        var names = consumers.Select(consumer => Name(consumer.Name)).ToList();
        var writer = new ReportWriter("leader");
        var heard = new ReportedProcesses("watcher", TimeProvider.System);

        var reports = Enumerable.Range(0, 60).Select(_ => writer.Write(consumers, names)!).ToList();
        foreach (var report in reports) heard.Note(report);

        Assert.All(reports, report => Assert.InRange(report.Length, 1, ReportWriter.MaxBytes));
        var leader = Assert.Single(heard.Snapshot());
        Assert.Equal(consumers.Select(consumer => consumer.Name), leader.Consumers.Select(consumer => consumer.Name));
        Assert.Equal(
            names.Select(name => (name.Name, name.Lag, name.Instance)), leader.Names.Select(name => (name.Name, name.Lag, name.Instance)));
    }

    [Fact]
    public void Write_OneConsumerBesideManyNames_IsInEveryReport()
    {
        var names = Enumerable.Range(0, 500).Select(number => Name($"name {number:D4}")).ToList();
        var writer = new ReportWriter("leader");

        for (var report = 0; report < 5; report++)
        {
            var heard = new ReportedProcesses("watcher", TimeProvider.System);
            heard.Note(writer.Write([Consumer("own")], names)!);
            Assert.Equal("own", Assert.Single(Assert.Single(heard.Snapshot()).Consumers).Name);
        }
    }

    [Fact]
    public void Write_NameThatNoReportHolds_IsLeftOut()
    {
        var writer = new ReportWriter("leader");
        List<ReportedConsumer> consumers = [Consumer(new string('x', 10_000)), Consumer("short")];

        var reports = Enumerable.Range(0, 2).Select(_ => writer.Write(consumers, names: null)).ToList();

        Assert.Null(reports[0]);
        Assert.Contains("\"short\"", Encoding.UTF8.GetString(reports[1]!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("no report")]
    [InlineData("""{"version":2,"instance":"other","consumers":[]}""")]
    [InlineData("""{"version":1,"consumers":[]}""")]
    [InlineData("""{"version":1,"instance":"watcher","consumers":[]}""")]
    [InlineData("""{"version":1,"instance":"other","consumers":[{"name":"a","state":"Elsewhere"}]}""")]
    public void Note_NoReportOfAnotherProcess_HasNoEffect(string report)
    {
        var heard = new ReportedProcesses("watcher", TimeProvider.System);

        heard.Note(Encoding.UTF8.GetBytes(report));

        Assert.Empty(heard.Snapshot());
    }

    [Fact]
    public void Note_EntriesThatAreNone_ArePassedOver()
    {
        var heard = new ReportedProcesses("watcher", TimeProvider.System);

        heard.Note(
            """
            {
              "version": 1,
              "instance": "other",
              "consumers": [null, {}, { "name": "a", "busyRatio": 7, "itemAgeSeconds": -1 }],
              "names": [null, {}, { "name": "a" }]
            }
            """u8);

        var other = Assert.Single(heard.Snapshot());
        var consumer = Assert.Single(other.Consumers);
        Assert.Equal(("a", 1, null), (consumer.Name, consumer.BusyRatio, consumer.ItemAge));
        Assert.Equal("a", Assert.Single(other.Names).Name);
    }

    private static ReportedConsumer Consumer(string name) => new(name, true, StreamxConsumerState.Processing, false, 0.5, 1.25, 3);

    private static StreamxRemoteName Name(string name) => new()
    {
        Name = name,
        Lag = 12,
        IsGating = true,
        Instance = "pod-1",
        Standbys = ["pod-2", "pod-3"],
        Processes = 3,
    };
}
