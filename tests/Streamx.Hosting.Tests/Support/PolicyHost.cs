using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Support;

/// <summary>What tests of failure policies look at and wait for.</summary>
internal static class PolicyHost
{
    /// <summary>Puts 1 to a number and returns, at once or when it is told to stop.</summary>
    public static IStreamxBuilder<int> AddFeed(this IStreamxBuilder<int> builder, int count, bool staysOpen = false) => builder.AddProducer("feed", async (stream, token) =>
    {
        for (var i = 1; i <= count; i++) await stream.PutAsync(i, token);
        if (staysOpen) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
    });

    /// <summary>As many tries as told, with waits of no length.</summary>
    public static RetryOptions AtOnce(int maxAttempts) => new() { MaxAttempts = maxAttempts, Delay = TimeSpan.Zero };

    /// <summary>Waits so long that only an abort ends them.</summary>
    public static RetryOptions Endless(int maxAttempts = int.MaxValue) =>
        new() { MaxAttempts = maxAttempts, Delay = TimeSpan.FromDays(1), MaxDelay = TimeSpan.FromDays(1) };

    /// <summary>The host's only stream. Resolving it from the container would count as an injected writer.</summary>
    public static HostedStream TheStream(this IHost host) => Assert.Single(HostedStreams.Of(host.Services).All());

    public static StreamxStreamStatus Status(this IHost host) => Assert.Single(host.Services.GetRequiredService<IStreamxControl>().GetStreams());

    /// <summary>Looking through the control does not count as an injected writer.</summary>
    public static StreamxStreamStatus Status(this IHost host, string stream) =>
        Assert.Single(host.Services.GetRequiredService<IStreamxControl>().GetStreams(), status => status.Name == stream);

    public static StreamxConsumerStatus Consumer(this IHost host, string name) => Assert.Single(host.Status().Consumers, consumer => consumer.Name == name);

    public static StreamxProducerStatus Producer(this IHost host) => Assert.Single(host.Status().Producers);

    public static Task UntilAsync(this IHost host, Func<StreamxStreamStatus, bool> condition) => Until.TrueAsync(() => condition(host.Status()));

    public static Task UntilConsumerAsync(this IHost host, string name, Func<StreamxConsumerStatus, bool> condition) => Until.TrueAsync(() => condition(host.Consumer(name)));

    /// <summary>Waits until the consumer has a value in hand and a put waits.</summary>
    public static Task UntilHeldAsync(this IHost host, string name) =>
        Until.TrueAsync(() => host.Status().Stream.ValuesWaiting > 0 && host.Consumer(name).Subscription is { HoldsValue: true });

    public static Task UntilLoggedAsync(this IHost host, LogLevel level, string part) =>
        Until.TrueAsync(() => host.Log(level).Any(message => message.Contains(part, StringComparison.Ordinal)));

    /// <summary>Advances the clock until something has happened: whoever waits may not have set its timer yet.</summary>
    public static async Task AdvanceUntilAsync(this FakeTimeProvider time, Task task)
    {
        while (!task.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await task;
    }

    /// <summary>Every accepted value is accounted for, once.</summary>
    public static void AssertAddsUp(this ShutdownReport report)
    {
        foreach (var stream in report.Streams)
        {
            foreach (var consumer in stream.Consumers)
                Assert.Equal(stream.ValuesAccepted, consumer.Finished + consumer.Skipped + consumer.DeadLettered + consumer.Aborted + consumer.Undelivered);
        }
    }

    /// <summary>No stream ended badly, so the exit code has not been touched.</summary>
    public static void AssertEndedWell(this IHost host, ShutdownReport report)
    {
        Assert.All(report.Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
        Assert.Empty(host.Log(LogLevel.Critical));
    }

    /// <summary>The stream took the host with it, with an error of this message.</summary>
    public static void AssertFaulted(this IHost host, ShutdownReport report, string message)
    {
        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Equal(message, host.TheStream().Fault?.Message);
        Assert.Contains("The host stops with exit code 1.", Assert.Single(host.Log(LogLevel.Critical)), StringComparison.Ordinal);
    }
}
