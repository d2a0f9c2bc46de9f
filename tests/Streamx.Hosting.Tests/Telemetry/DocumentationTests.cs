using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>The table in the package's README is what is published: neither can change without the other.</summary>
public partial class DocumentationTests
{
    [Fact]
    public async Task Instruments_AreThoseOfTheReadme()
    {
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddConsumer("a", (_, _) => default));

        var published = host.Metrics.Instruments.Select(instrument => (instrument.Name, KindOf(instrument), instrument.Unit!));

        Assert.Equal(Documented().Select(row => (row.Name, row.Kind, row.Unit)).Order(), published.Order());
    }

    [Fact]
    public void Constants_AreThoseOfTheReadme()
    {
        var names = typeof(StreamxInstruments).GetFields().Select(field => (string)field.GetRawConstantValue()!);

        Assert.Equal(Documented().Select(row => row.Name).Order(), names.Order());
    }

    [Fact]
    public async Task Tags_AreThoseOfTheReadme()
    {
        var tries = 0;
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(o => o.DrainTimeout = TimeSpan.Zero)
            .AddProducer(
                "feed",
                async (stream, token) =>
                {
                    await stream.PutAsync(1, token);
                    if (++tries == 1) throw new FormatException();
                    await stream.PutAsync(2, token);
                    await stream.PutAsync(3, token);
                },
                o =>
                {
                    o.OnFailure = ProducerFailure.Restart;
                    o.Restart = PolicyHost.AtOnce(3);
                })
            .AddConsumer("a", (_, _) => throw new FormatException(), o =>
            {
                o.Retry = PolicyHost.AtOnce(1);
                o.OnFailure = ConsumerFailure.Skip;
            })
            .AddConsumer("b", (value, token) => value == 2 ? new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)) : default));
        await host.UntilWaitingAsync(1, "b");
        await host.Host.UntilConsumerAsync("a", consumer => consumer.ValuesSkipped == 3);
        await host.StopAsync();
        // The producer hears of the refusal in its own time: with no time to drain nobody waits for it.
        await Until.TrueAsync(() => host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration).Any(wait => wait.Tag(StreamxTags.ErrorType) is not null));
        host.Metrics.Observe(StreamxInstruments.ConsumerTime);

        foreach (var row in Documented())
        {
            var tags = host.Metrics.Of(row.Name).SelectMany(measurement => measurement.Tags.Keys).Distinct().Order();
            Assert.Equal((row.Name, string.Join(", ", row.Tags.Append(StreamxTags.StreamName).Order())), (row.Name, string.Join(", ", tags)));
        }
    }

    private static string KindOf(Instrument instrument)
    {
        var name = instrument.GetType().Name;
        return name[..name.IndexOf('`', StringComparison.Ordinal)];
    }

    private static List<(string Name, string Kind, string Unit, string[] Tags)> Documented()
    {
        var readme = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../src/Streamx.Hosting/README.md"));
        return [.. Row().Matches(readme).Select(row => (
            row.Groups["name"].Value,
            row.Groups["kind"].Value,
            row.Groups["unit"].Value,
            Name().Matches(row.Groups["tags"].Value).Select(tag => tag.Groups["name"].Value).ToArray()))];
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"^\| `(?<name>streamx\.[a-z._]+)` \| (?<kind>\w+), (?<unit>\S+) \|(?<tags>[^|]*)\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<name>[a-z._]+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}
