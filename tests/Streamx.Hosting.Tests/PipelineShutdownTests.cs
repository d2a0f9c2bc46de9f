using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests;

public abstract class PipelineShutdownTests(RegistrationOrder order, bool stopConcurrently) : HostTests(order, stopConcurrently)
{
    public sealed class AsWritten() : PipelineShutdownTests(RegistrationOrder.AsWritten, stopConcurrently: false);

    public sealed class AsWrittenConcurrently() : PipelineShutdownTests(RegistrationOrder.AsWritten, stopConcurrently: true);

    public sealed class Reversed() : PipelineShutdownTests(RegistrationOrder.Reversed, stopConcurrently: false);

    public sealed class ReversedConcurrently() : PipelineShutdownTests(RegistrationOrder.Reversed, stopConcurrently: true);

    [Fact]
    public async Task Stop_ChainFull_DrainsUpstreamFirstAndLosesNothing()
    {
        var full = new Signal();
        var release = new Signal();
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("a", o => o.Window = 8)
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; ; i++)
                {
                    if (i == 9) full.Set();
                    await stream.PutAsync(i, token);
                }
            })
            .AddStage<int, long>("p", (value, output, token) => output.PutAsync(value, token).AsTask());
        builder.Services.AddStreamx<long>("b").AddStage<long, string>("q", (value, output, token) => output.PutAsync(Text(value), token).AsTask());
        builder.Services.AddStreamx<string>("c", o => o.Window = 2).AddConsumer("last", async (value, _) =>
        {
            await release.WaitAsync();
            seen.Add("last", value);
        });
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await full.WaitAsync();
        var stop = host.StopAsync();
        await Until.TrueAsync(() => host.Status("a").Stream.State != StreamState.Open);
        var downstream = new[] { host.Status("b").Stream.State, host.Status("c").Stream.State };
        release.Set();
        await stop.WithinAsync();

        Assert.All(downstream, state => Assert.Equal(StreamState.Open, state));
        var report = await host.ReportAsync();
        var accepted = report.Streams.Single(stream => stream.Name == "a").ValuesAccepted;
        Assert.True(accepted >= 8, "The window was full when the host was stopped.");
        Assert.All(report.Streams, stream => Assert.Equal((ShutdownOutcome.Drained, accepted), (stream.Outcome, stream.ValuesAccepted)));
        Assert.All(report.Streams, stream => Assert.Equal(accepted, stream.Consumers[0].Finished));
        Assert.Equal(Enumerable.Range(1, (int)accepted).Select(value => Text(value)), seen["last"]);
        Assert.Empty(host.Log(LogLevel.Error));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Stop_WritersInjected_DrainsWithoutWaitingForADeadline(bool intoUpstream, bool intoDownstream)
    {
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        // The clock stands still: whatever waited for a deadline would wait for ever.
        builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("a").AddStage<int, string>("p", (value, output, token) => output.PutAsync(Text(value), token).AsTask());
        builder.Services.AddStreamx<string>("b").AddConsumer("last", seen.By("last"));
        using var host = builder.Build();
        if (intoDownstream) host.Services.GetRequiredKeyedService<IStreamWriter<string>>("b");

        await host.StartAsync().WithinAsync();
        if (intoUpstream) await host.Services.GetRequiredKeyedService<IStreamWriter<int>>("a").PutAsync(1).WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal(intoUpstream ? ["1"] : [], seen["last"]);
        Assert.All((await host.ReportAsync()).Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
    }

    [Fact]
    public async Task Stop_ManyStreamsIntoOne_DrainsThemInTime()
    {
        const int Streams = 1_000;
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("last", o => o.StopHostWhenCompleted = true).AddConsumer("last", seen.By("last"));
        for (var i = 0; i < Streams; i++)
        {
            builder.Services.AddStreamx<int>($"s{i}")
                .AddCounting("feed", count: 3)
                .AddStage<int, int>("next", (value, output, token) => output.PutAsync(value, token).AsTask(), o => o.OutputStream = "last");
        }

        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.StopRequestedAsync();
        // Some hundredths of a second are enough; an order found by comparing all with all takes a quarter of a minute.
        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(8));

        var report = await host.ReportAsync();
        Assert.Equal(3 * Streams, seen["last"].Count);
        Assert.All(report.Streams, stream => Assert.Equal((ShutdownOutcome.Drained, stream.Name == "last" ? 3 * Streams : 3), (stream.Outcome, stream.ValuesAccepted)));
    }

    [Fact]
    public async Task Stop_TwoPipelinesWithInjectedWriters_DrainWithoutWaitingForADeadline()
    {
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider());
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>("b1").AddConsumer("last", (_, _) => default);
        builder.Services.AddStreamx<long>("b2").AddConsumer("last", (_, _) => default);
        builder.Services.AddStreamx<short>("a1").AddStage<short, int>("p1", (value, output, token) => output.PutAsync(value, token).AsTask());
        builder.Services.AddStreamx<byte>("a2").AddStage<byte, long>("p2", (value, output, token) => output.PutAsync(value, token).AsTask());
        using var host = builder.Build();
        var first = host.Services.GetRequiredKeyedService<IStreamWriter<short>>("a1");
        var second = host.Services.GetRequiredKeyedService<IStreamWriter<byte>>("a2");

        await host.StartAsync().WithinAsync();
        await first.PutAsync(1).WithinAsync();
        await second.PutAsync(2).WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.All((await host.ReportAsync()).Streams, stream => Assert.Equal((ShutdownOutcome.Drained, 1), (stream.Outcome, stream.Consumers[0].Finished)));
    }

    [Fact]
    public async Task Stop_ConsumerBehindAProcessorPutsIntoAnInjectedStream_ThatClosesAfterIt()
    {
        var holding = new Signal();
        var release = new Signal();
        var seen = new Seen<short>();
        IStreamWriter<short>? target = null;
        var builder = CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("a").AddStage<int, string>("p", (value, output, token) => output.PutAsync(Text(value), token).AsTask());
        builder.Services.AddStreamx<string>("b").AddConsumer("forward", async (_, token) =>
        {
            holding.Set();
            await release.WaitAsync();
            await target!.PutAsync(7, token);
        });
        builder.Services.AddStreamx<short>("target").AddConsumer("last", seen.By("last"));
        using var host = builder.Build();
        target = host.Services.GetRequiredKeyedService<IStreamWriter<short>>("target");
        var writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("a");

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await holding.WaitAsync();
        var stop = host.StopAsync();
        await Until.TrueAsync(() => host.Status("a").Stream.State != StreamState.Open);
        await Until.TrueAsync(() => host.Status("b").Stream.State != StreamState.Open);
        release.Set();
        await stop.WithinAsync();

        Assert.Equal([(short)7], seen["last"]);
        Assert.All((await host.ReportAsync()).Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Deadline_ProcessorWaitsForRoom_BothStreamsAreAborted(bool passesItsToken)
    {
        var time = new FakeTimeProvider();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>("a", o => o.DrainTimeout = TimeSpan.FromSeconds(10))
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; ; i++) await stream.PutAsync(i, token);
            })
            .AddStage<int, string>("p", (value, output, token) => output.PutAsync(Text(value), passesItsToken ? token : CancellationToken.None).AsTask());
        builder.Services.AddStreamx<string>("b", o => o.DrainTimeout = TimeSpan.FromSeconds(10))
            .AddConsumer("holding", (_, token) => new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, time, token)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => host.Status("a").Stream.ValuesWaiting == 1 && host.Status("b").Stream.ValuesWaiting == 1);
        await Until.TrueAsync(() => host.Status("b").Consumers[0].Subscription is { HoldsValue: true });

        var stop = host.StopAsync();
        await Until.TrueAsync(() => host.Status("a").Stream.State != StreamState.Open);
        time.Advance(TimeSpan.FromSeconds(10));
        await stop.WithinAsync();

        var report = await host.ReportAsync();
        Assert.Equal([ShutdownOutcome.Aborted, ShutdownOutcome.Aborted], report.Streams.Select(stream => stream.Outcome));
        Assert.Equal((1, 1, 0), (report.Consumer("p").Finished, report.Consumer("p").Aborted, report.Consumer("p").Undelivered));
        Assert.Equal((0, 1), (report.Consumer("holding").Finished, report.Consumer("holding").Aborted));
        Assert.Empty(host.Log(LogLevel.Critical));
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
