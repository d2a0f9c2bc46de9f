using Microsoft.Extensions.Logging;
using Streamx.Hosting.Sqlite.Tests.EndToEnd;

namespace Streamx.Hosting.Sqlite.Tests.Health;

/// <summary>What a process says of its file, and of the others that use it.</summary>
public sealed class HostTests : IDisposable
{
    private readonly TestFile _file = new();

    [Fact]
    public async Task File_CannotBeOpened_ProcessWaitsAndSaysWhy()
    {
        Directory.CreateDirectory(_file.Path);
        await using var pod = await Pod.StartAsync(_file, "orders", stream => stream.AddConsumer("a", (_, _) => default));

        await pod.LoggedAsync("Streamx:orders:Sqlite:Path", "is a folder, not a file");
        Assert.Contains(pod.Status.Remote!.Problems, problem => problem.Contains("is a folder", StringComparison.Ordinal));
        Directory.Delete(_file.Path);
        await pod.UntilAsync(remote => remote is { IsLeading: false, Problems.Count: 0 });
        await pod.StopAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task File_CannotBeUsed_FaultsWhereWaitingIsOfNoUse(bool isDatabase)
    {
        if (isDatabase) Directory.CreateDirectory(_file.Path);
        else await File.WriteAllTextAsync(_file.Path, new string('x', 4096));
        await using var pod = await Pod.StartAsync(
            _file, "orders", stream => stream.AddConsumer("a", (_, _) => default), configure: null, ("Streamx:orders:Sqlite:FailFast", isDatabase ? "true" : "false"));

        var report = await pod.EndAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Contains(pod.Log(LogLevel.Error), message => message.Contains("Streamx:orders:Sqlite:Path", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Locked_ForLongerThanTheTimeout_IsAProblemUntilItIsUnlocked()
    {
        await using var pod = await Pod.StartAsync(
            _file,
            "orders",
            stream =>
            {
                stream.AddConsumer("a", (_, _) => default);
                stream.AddProducer("feed", (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token));
            },
            configure: null,
            ("Streamx:orders:Sqlite:Timeout", "00:00:01"));
        await pod.UntilAsync(remote => remote.IsLeading);
        Task put;
        using (var other = _file.Connect())
        {
            using var transaction = other.BeginTransaction(deferred: false);
            put = pod.Services.GetRequiredKeyedService<IStreamWriter<int>>("orders").PutAsync(1).AsTask();

            await pod.UntilAsync(remote => remote.BlockedReason is not null);
            Assert.Contains($"another program has locked the file '{_file.Path}'", pod.Status.Remote!.BlockedReason, StringComparison.Ordinal);
            Assert.False(put.IsCompleted);
        }

        await put.WithinAsync();
        Assert.Null(pod.Status.Remote!.BlockedReason);
    }

    [Fact]
    public async Task Leader_KnowsWhereConsumersRun()
    {
        await using var first = await Pod.StartAsync(_file, "orders", stream => stream.AddConsumer("a", (_, _) => default), configure: null, ("Streamx:orders:Sqlite:InstanceId", "one"));
        await first.UntilAsync(remote => remote.Names.Any(name => name.Instance == "one"));
        await using var second = await Pod.StartAsync(_file, "orders", stream => stream.AddConsumer("a", (_, _) => default), configure: null, ("Streamx:orders:Sqlite:InstanceId", "two"));
        await using var leader = await Pod.StartAsync(
            _file, "orders", stream => stream.AddProducer("feed", (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)), configure: null, ("Streamx:orders:Sqlite:Consumers:0", "never"));

        await leader.UntilAsync(remote => remote.Names.Any(name => name is { Name: "a", Instance: "one", Processes: 2, Standbys: ["two"] }));
        await leader.UntilAsync(remote => remote.Names.Any(name => name is { Name: "never", Processes: 0 }));
        await first.StopAsync();

        await leader.UntilAsync(remote => remote.Names.Any(name => name is { Name: "a", Instance: "two", Processes: 1 }));
    }

    [Fact]
    public async Task Stop_Producer_HandsOverWithoutAWait()
    {
        await using var first = await Pod.StartAsync(_file, "orders", stream => stream.AddProducer("feed", FeedAsync).AddConsumer("a", (_, _) => default));
        await first.UntilAsync(remote => remote.IsLeading);
        await using var second = await Pod.StartAsync(_file, "orders", stream => stream.AddProducer("feed", FeedAsync).AddConsumer("a", (_, _) => default));
        await second.StandsByAsync();

        var report = await first.StopAsync();

        Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
        await second.UntilAsync(remote => remote.IsLeading);
        await Until.TrueAsync(() => second.Status.Stream.ValuesPut > 10);
    }

    private static async Task FeedAsync(IStreamWriter<int> puts, CancellationToken token)
    {
        for (var value = 0; ; value++) await puts.PutAsync(value, token);
    }

    public void Dispose() => _file.Dispose();
}
