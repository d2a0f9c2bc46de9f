namespace Streamx.Hosting.Sqlite.Tests.EndToEnd;

/// <summary>Where consumers begin that are added later.</summary>
public sealed class StartFromTests : IDisposable
{
    private readonly TestFile _file = new();

    [Theory]
    [InlineData("Now")]
    [InlineData("Oldest")]
    public async Task Consumer_AddedLater_BeginsWhereItIsToldTo(string start)
    {
        var (first, late, again) = (new Taken(), new Taken(), new Taken());
        await RunAsync(1, stream => stream.AddConsumer("first", (value, _) => first.Add(value)));

        await RunAsync(
            4,
            stream => stream.AddConsumer("first", (value, _) => first.Add(value)).AddConsumer("late", (value, _) => late.Add(value)),
            ("Streamx:numbers:Consumers:late:StartFrom", start));
        // It is registered now: it goes on where it was, whatever the setting.
        await RunAsync(
            7,
            stream => stream.AddConsumer("first", (value, _) => first.Add(value)).AddConsumer("late", (value, _) => again.Add(value)),
            ("Streamx:numbers:Consumers:late:StartFrom", "Oldest"));

        Assert.Equal(Enumerable.Range(1, 9), first.Values);
        Assert.Equal(start == "Oldest" ? [1, 2, 3, 4, 5, 6] : [4, 5, 6], late.Values);
        Assert.Equal([7, 8, 9], again.Values);
    }

    /// <summary>Puts three values, and stops.</summary>
    private async Task RunAsync(int value, Action<IStreamxBuilder<int>> add, params (string Key, string? Value)[] configuration)
    {
        await using var pod = await Pod.StartAsync(
            _file,
            "numbers",
            stream =>
            {
                add(stream);
                stream.AddProducer("feed", async (puts, token) =>
                {
                    for (var next = value; next < value + 3; next++) await puts.PutAsync(next, token);
                });
            },
            o => o.StopHostWhenCompleted = true,
            [("Streamx:numbers:Sqlite:Retention", "01:00:00"), .. configuration]);
        var report = await pod.EndAsync();
        Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
    }

    public void Dispose() => _file.Dispose();
}
