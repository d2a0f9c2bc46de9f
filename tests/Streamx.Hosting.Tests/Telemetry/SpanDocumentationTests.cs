using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>The table of span tags in the package's README is what spans have: neither can change without the other.</summary>
[Collection(nameof(TracingCollection))]
public partial class SpanDocumentationTests
{
    [Fact]
    public async Task Tags_AreThoseOfTheReadme()
    {
        var stream = $"s{Guid.NewGuid():N}";
        var held = new Held();
        using var traces = new TraceRecorder(name => name == stream);
        await using var host = await MeasuredHost.StartAsync(services => services
            .AddStreamx<int>(stream, o => o.Window = 2)
            .AddScripted(
                ConsumerKind.Batch,
                async (value, token) =>
                {
                    await held.ConsumeAsync(value, token);
                    if (value == 1) throw new FormatException();
                },
                o =>
                {
                    var batch = (BatchConsumerOptions)o;
                    (batch.MaxBatchSize, batch.MaxBatchWait, batch.OnFailure) = (2, TimeSpan.FromHours(1), ConsumerFailure.Skip);
                }));
        var writer = host.Host.Services.GetRequiredKeyedService<IStreamWriter<int>>(stream);
        using var cancelled = new CancellationTokenSource();
        await writer.PutAsync(1);
        await writer.PutAsync(2);
        await held.EnteredAsync(1);
        var waiting = writer.PutAsync(3, cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(waiting.AsTask);
        waiting = writer.PutAsync(4);
        held.Release(1);
        await waiting;
        await traces.UntilEndedAsync(7);

        Assert.Equal(Documented("put"), TagsOf(ActivityKind.Producer));
        Assert.Equal(Documented("process"), TagsOf(ActivityKind.Consumer));

        IEnumerable<string> TagsOf(ActivityKind kind) =>
            traces.Ended.Where(activity => activity.Kind == kind).SelectMany(activity => activity.TagObjects.Select(tag => tag.Key)).Distinct().Order();
    }

    private static IEnumerable<string> Documented(string span, [CallerFilePath] string path = "")
    {
        var readme = File.ReadAllText(Path.Combine(Path.GetDirectoryName(path)!, "../../../src/Streamx.Hosting/README.md"));
        var table = readme[readme.IndexOf("| tag | `put` | `process` |", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("\n\n", StringComparison.Ordinal)];
        return Row().Matches(table).Where(row => row.Groups[span].Value.Trim().Length > 0).Select(row => row.Groups["tag"].Value).Order();
    }

    [GeneratedRegex(@"^\| `(?<tag>[a-z._]+)` \|(?<put>[^|]*)\|(?<process>[^|]*)\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();
}
