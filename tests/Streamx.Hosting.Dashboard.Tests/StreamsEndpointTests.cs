using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests;

public class StreamsEndpointTests
{
    /// <summary>Whoever changes this changes what scripts rely on: see the version in <see cref="DashboardDocument"/>.</summary>
    [Fact]
    public async Task Streams_HaveTheDocumentedMembers()
    {
        await using var page = await PageHost.StartAsync("Development");
        await page.Orders.PutAsync(1);
        await page.Orders.FlushAsync();
        using var client = page.CreateClient();

        var document = JsonNode.Parse(await client.GetStringAsync(new Uri("/streamx/api/streams", UriKind.Relative)).WithinAsync())!.AsObject();

        Assert.Equal(["version", "time", "application", "streams", "events"], Names(document));
        Assert.Equal((1, "Shop"), ((int)document["version"]!, (string?)document["application"]));
        var stream = Assert.Single(document["streams"]!.AsArray())!.AsObject();
        Assert.Equal(
            ["name", "state", "window", "valuesPut", "valuesDiscarded", "putsWaiting", "oldestWaitSeconds", "waitingFor", "heldBy", "holder", "itemsPerSecond", "blockedRatio", "producers", "consumers", "otherSubscriptions", "remote", "drainSecondsLeft"],
            Names(stream));
        Assert.Null(stream["remote"]);
        Assert.Equal(("orders", "Open", 1), ((string?)stream["name"], (string?)stream["state"], (long)stream["valuesPut"]!));
        Assert.Equal(["name", "state", "inputStream", "restarts", "faults", "itemsPerSecond", "waitingSeconds", "lastFailure"], Names(stream["producers"]![0]!));
        Assert.Equal(
            ["name", "kind", "state", "mode", "outputStream", "waitsIn", "isStalled", "isGating", "itemAgeSeconds", "concurrency", "slotsBusy", "valuesWaitingForKey", "lag", "busyRatio", "outputWaitRatio", "gatingRatio", "gatingShare", "gatingSeconds", "handlingP95Seconds", "slowest", "finished", "skipped", "deadLettered", "overtaken", "retries", "restarts", "faults", "recentFailures", "detachCause", "lastFailure", "failedValues"],
            Names(stream["consumers"]![0]!));
        Assert.Equal(["Ledger", "Printer"], stream["consumers"]!.AsArray().Select(consumer => (string?)consumer!["name"]));
        Assert.All(stream["consumers"]!.AsArray(), consumer => Assert.Equal(1, (long)consumer!["finished"]!));
    }

    [Fact]
    public async Task Readme_DocumentsEveryMember()
    {
        var control = new ScriptedControl { Streams = [Stream(1, null, Consumer("Ledger")) with { Remote = Statuses.Remote(leads: true, Name("Ledger", 0, "pod-1")) }] };
        await using var page = await PageHost.StartAsync("Development", register: builder => builder.Services.AddSingleton<IStreamxControl>(control));
        using var client = page.CreateClient();
        var document = JsonNode.Parse(await client.GetStringAsync(new Uri("/streamx/api/streams", UriKind.Relative)).WithinAsync())!;
        var stream = document["streams"]![0]!;
        var remote = stream["remote"]!;
        var readme = await File.ReadAllTextAsync(Path.Combine(Checkout.Page, "../README.md"));

        Assert.All(
            [.. Names(document), .. Names(stream), .. Names(stream["producers"]![0]!), .. Names(stream["consumers"]![0]!), .. Names(remote), .. Names(remote["names"]![0]!)],
            (string name) => Assert.Contains($"`{name}`", readme, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Names(JsonNode node) => node.AsObject().Select(member => member.Key);
}
