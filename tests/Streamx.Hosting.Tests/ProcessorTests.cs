using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Tests;

public abstract class ProcessorTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : ProcessorTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : ProcessorTests(RegistrationOrder.Reversed);

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Chain_ThreeStreams_ValuesArriveInOrderAndTheEndCascades(int window)
    {
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("a", o => o.Window = window).AddCounting("feed", 100)
            .AddStage<int, long>("widen", (value, output, token) => output.PutAsync(value * 10L, token).AsTask());
        builder.Services.AddStreamx<long>("b", o => o.Window = window)
            .AddStage<long, string>("print", (value, output, token) => output.PutAsync(Text(value), token).AsTask());
        builder.Services.AddStreamx<string>("c", o => { o.Window = window; o.StopHostWhenCompleted = true; })
            .AddConsumer("last", seen.By("last"));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(Enumerable.Range(1, 100).Select(value => Text(value * 10L)), seen["last"]);
        Assert.Equal(InOrder(("a", 100L), ("b", 100L), ("c", 100L)), report.Streams.Select(stream => (stream.Name, stream.ValuesAccepted)));
        Assert.All(report.Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
        Assert.All(report.Streams, stream => Assert.Equal((100, true), (stream.Consumers[0].Finished, stream.Consumers[0].HasReturned)));
        Assert.Empty(host.Log(LogLevel.Warning));
    }

    [Fact]
    public async Task Processor_ManyOrNoneForOne_DownstreamSeesExactlyThose()
    {
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("a").AddCounting("feed", 6).AddStage<int, string>("even", async (value, output, token) =>
        {
            if (value % 2 != 0) return;
            await output.PutAsync($"{value}a", token);
            await output.PutAsync($"{value}b", token);
        });
        builder.Services.AddStreamx<string>("b", o => o.StopHostWhenCompleted = true).AddConsumer("last", seen.By("last"));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(["2a", "2b", "4a", "4b", "6a", "6b"], seen["last"]);
        Assert.Equal(6, report.Consumer("even").Finished);
    }

    [Fact]
    public async Task Backpressure_LastConsumerHolds_FirstProducerWaits()
    {
        var release = new Signal();
        var seen = new Seen<string>();
        var put = 0;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("a")
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; i <= 10; i++)
                {
                    await stream.PutAsync(i, token);
                    put = i;
                }
            })
            .AddStage<int, long>("p", (value, output, token) => output.PutAsync(value, token).AsTask());
        builder.Services.AddStreamx<long>("b").AddStage<long, string>("q", (value, output, token) => output.PutAsync(Text(value), token).AsTask());
        builder.Services.AddStreamx<string>("c", o => o.StopHostWhenCompleted = true).AddConsumer("last", async (value, _) =>
        {
            await release.WaitAsync();
            seen.Add("last", value);
        });
        using var host = builder.Build();
        var control = host.Services.GetRequiredService<IStreamxControl>();
        var stopRequested = host.StopRequestedAsync();

        await host.StartAsync().WithinAsync();
        // Each stage holds one value, and the next put of each waits: nothing can move any more. Streams are looked at one after the
        // other, so that a put waits in each does not tell yet.
        var expected = InOrder<long>(3, 2, 1).ToArray();
        await Until.TrueAsync(() => control.GetStreams() is var streams
            && streams.All(stream => stream.Stream.ValuesWaiting == 1)
            && streams.Select(stream => stream.Stream.ValuesPut).SequenceEqual(expected));
        var accepted = control.GetStreams().Select(stream => stream.Stream.ValuesPut).ToArray();
        var putBefore = put;
        release.Set();
        await stopRequested;
        await host.StopAsync().WithinAsync();

        Assert.Equal(expected, accepted);
        Assert.Equal(3, putBefore);
        Assert.Equal(Enumerable.Range(1, 10).Select(value => Text(value)), seen["last"]);
    }

    [Fact]
    public async Task EndOfInput_SeveralStreamsStopTheHost_WaitsForAllOfThem()
    {
        var release = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("a", o => o.StopHostWhenCompleted = true).AddCounting("feed", 1)
            .AddStage<int, long>("p", (value, output, token) => output.PutAsync(value, token).AsTask());
        builder.Services.AddStreamx<long>("b")
            .AddStage<long, string>("q", (value, output, token) => output.PutAsync(Text(value), token).AsTask());
        builder.Services.AddStreamx<string>("c", o => o.StopHostWhenCompleted = true).AddConsumer("last", async (_, _) => await release.WaitAsync());
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        var stopRequested = host.StopRequestedAsync();
        await host.UntilLoggedAsync(LogLevel.Information, "Stream b completed");
        await host.UntilLoggedAsync(LogLevel.Information, "Stream a completed");
        var stoppedEarly = stopRequested.IsCompleted;
        release.Set();
        await stopRequested;
        await host.StopAsync().WithinAsync();

        Assert.False(stoppedEarly);
        Assert.All((await host.ReportAsync()).Streams, stream => Assert.Equal((ShutdownOutcome.Drained, 1), (stream.Outcome, stream.ValuesAccepted)));
    }

    [Fact]
    public async Task EndOfInput_LastConsumerOfTheUpstreamStillAtWork_DownstreamStaysOpenUntilTheProcessorIsDone()
    {
        var processing = new Signal();
        var release = new Signal();
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("a").AddCounting("feed", 1).AddStage<int, string>("p", async (value, output, token) =>
        {
            processing.Set();
            await release.WaitAsync();
            await output.PutAsync(Text(value), token);
        });
        builder.Services.AddStreamx<string>("b", o => o.StopHostWhenCompleted = true).AddConsumer("last", seen.By("last"));
        using var host = builder.Build();
        var stopRequested = host.StopRequestedAsync();

        await host.StartAsync().WithinAsync();
        await processing.WaitAsync();
        await host.UntilLoggedAsync(LogLevel.Information, "Stream a has no more input");
        var downstream = host.Status("b").Stream.State;
        release.Set();
        await stopRequested;
        await host.StopAsync().WithinAsync();

        Assert.Equal(StreamState.Open, downstream);
        Assert.Equal(["1"], seen["last"]);
    }

    [Fact]
    public async Task FanIn_TwoProcessorsAndAProducer_StreamEndsAfterTheLastOfThem()
    {
        var release = new Signal();
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<string>("joined", o => o.StopHostWhenCompleted = true)
            .AddConsumer("last", seen.By("last"))
            .AddProducer("own", async (stream, token) =>
            {
                await release.WaitAsync(token);
                await stream.PutAsync("own", token);
            });
        builder.Services.AddStreamx<int>("ints").AddCounting("feed", 3)
            .AddStage<int, string>("p", (value, output, token) => output.PutAsync($"i{value}", token).AsTask());
        builder.Services.AddStreamx<long>("longs").AddProducer("feed", async (stream, token) =>
        {
            for (var i = 1L; i <= 3; i++) await stream.PutAsync(i, token);
        }).AddStage<long, string>("q", (value, output, token) => output.PutAsync($"l{value}", token).AsTask());
        using var host = builder.Build();
        var stopRequested = host.StopRequestedAsync();

        await host.StartAsync().WithinAsync();
        await host.UntilLoggedAsync(LogLevel.Information, "Stream ints completed");
        await host.UntilLoggedAsync(LogLevel.Information, "Stream longs completed");
        await Until.TrueAsync(() => seen["last"].Count == 6);
        var state = host.Status("joined").Stream.State;
        release.Set();
        await stopRequested;
        await host.StopAsync().WithinAsync();

        Assert.Equal(StreamState.Open, state);
        Assert.Equal(["i1", "i2", "i3"], seen["last"].Where(value => value[0] == 'i'));
        Assert.Equal(["l1", "l2", "l3"], seen["last"].Where(value => value[0] == 'l'));
        Assert.Equal("own", seen["last"].Last());
        Assert.Equal(7, seen["last"].Count);
    }

    [Fact]
    public async Task SameClassTwice_OutputStreamByCodeAndByConfiguration_EachPutsIntoItsOwn()
    {
        var seen = new Seen<string>();
        var builder = CreateBuilder(("Streamx:a:Consumers:second:OutputStream", "CCC"), ("Streamx:a:Consumers:first:OutputStream", "bbb"));
        builder.Services.AddStreamx<int>("a").AddCounting("feed", 3)
            // What configuration says wins over this.
            .AddProcessor<string, Printing>("first", o => o.OutputStream = "ccc")
            .AddProcessor<string, Printing>("second")
            .AddProcessor<string, Printing>("third", o => o.OutputStream = "Ddd");
        builder.Services.AddStreamx<string>("bbb", o => o.StopHostWhenCompleted = true).AddConsumer("last", seen.By("b"));
        builder.Services.AddStreamx<string>("ccc", o => o.StopHostWhenCompleted = true).AddConsumer("last", seen.By("c"));
        builder.Services.AddStreamx<string>("ddd", o => o.StopHostWhenCompleted = true).AddConsumer("last", seen.By("d"));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.All(["b", "c", "d"], consumer => Assert.Equal(["1", "2", "3"], seen[consumer]));
        Assert.All(["first", "second", "third"], processor => Assert.Equal(3, report.Consumer(processor).Finished));
        Assert.Equal(InOrder("bbb", "ccc", "ddd"), host.Status("a").Consumers.Select(consumer => consumer.OutputStream));
    }

    [Theory]
    [InlineData(false, new[] { "1", "2", "3" })]
    [InlineData(true, new[] { "1", "2", "2", "3" })]
    public async Task Retry_ProcessorFailsOnce_ValueIsProcessedAgainInItsPlace(bool afterItsPut, string[] expected)
    {
        var failed = false;
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("a").AddCounting("feed", 3).AddStage<int, string>("p", async (value, output, token) =>
        {
            if (afterItsPut) await output.PutAsync(Text(value), token);
            if (value == 2 && !failed)
            {
                failed = true;
                throw new InvalidOperationException("no ink");
            }

            if (!afterItsPut) await output.PutAsync(Text(value), token);
        }, o => { o.Retry.MaxAttempts = 2; o.Retry.Delay = TimeSpan.FromMilliseconds(1); });
        builder.Services.AddStreamx<string>("b", o => o.StopHostWhenCompleted = true).AddConsumer("last", seen.By("last"));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(expected, seen["last"]);
        Assert.Equal(3, report.Consumer("p").Finished);
        Assert.Equal(1, host.Status("a").Consumers[0].Retries);
    }

    [Fact]
    public async Task Fails_FaultStream_UpstreamFaultsAndDownstreamDrains()
    {
        var seen = new Seen<string>();
        using var host = BuildFailing(ConsumerFailure.FaultStream, seen, alsoHealthy: false);

        var report = await host.RunToReportAsync();

        Assert.Equal(InOrder(ShutdownOutcome.Faulted, ShutdownOutcome.Drained), report.Streams.Select(stream => stream.Outcome));
        Assert.Equal(["1"], seen["last"]);
        Assert.Equal((1, 1), (report.Consumer("p").Finished, report.Consumer("p").Aborted));
        Assert.Equal(["Stream a has failed with InvalidOperationException. The host stops with exit code 1."], host.Log(LogLevel.Critical));
    }

    [Fact]
    public async Task Fails_Skip_GoesOnWithTheNext()
    {
        var seen = new Seen<string>();
        using var host = BuildFailing(ConsumerFailure.Skip, seen, alsoHealthy: false);

        var report = await host.RunToReportAsync();

        Assert.All(report.Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
        Assert.Equal(["1", "3", "4"], seen["last"]);
        Assert.Equal((3, 1, 0), (report.Consumer("p").Finished, report.Consumer("p").Skipped, report.Consumer("p").Aborted));
    }

    [Fact]
    public async Task Fails_Detach_LeavesAndDownstreamEndsWithTheUpstream()
    {
        var seen = new Seen<string>();
        using var host = BuildFailing(ConsumerFailure.Detach, seen, alsoHealthy: true);

        var report = await host.RunToReportAsync();

        Assert.All(report.Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
        Assert.Equal(["1"], seen["last"]);
        Assert.Equal(4, report.Consumer("healthy").Finished);
        Assert.Equal((1, 1, 2), (report.Consumer("p").Finished, report.Consumer("p").Aborted, report.Consumer("p").Undelivered));
        Assert.Empty(host.Log(LogLevel.Critical));
    }

    [Fact]
    public async Task Fails_Detach_LastConsumerOfItsStream_UpstreamFaults()
    {
        var seen = new Seen<string>();
        using var host = BuildFailing(ConsumerFailure.Detach, seen, alsoHealthy: false);

        var report = await host.RunToReportAsync();

        Assert.Equal(InOrder(ShutdownOutcome.Faulted, ShutdownOutcome.Drained), report.Streams.Select(stream => stream.Outcome));
        Assert.Equal(["1"], seen["last"]);
    }

    [Fact]
    public async Task Fails_Restart_ValueIsDeliveredAgain()
    {
        var seen = new Seen<string>();
        using var host = BuildFailing(ConsumerFailure.Restart, seen, alsoHealthy: false);

        var report = await host.RunToReportAsync();

        Assert.All(report.Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
        Assert.Equal(["1", "2", "3", "4"], seen["last"]);
        Assert.Equal(4, report.Consumer("p").Finished);
        Assert.Equal((1, 1), (host.Status("a").Consumers[0].Restarts, host.Status("a").Consumers[0].Faults));
    }

    [Theory]
    [InlineData(ConsumerFailure.FaultStream)]
    [InlineData(ConsumerFailure.Skip)]
    [InlineData(ConsumerFailure.Detach)]
    [InlineData(ConsumerFailure.Restart)]
    public async Task DownstreamFaults_UpstreamFaultsTooWhateverThePolicy(ConsumerFailure policy)
    {
        var builder = CreateBuilder();
        var letters = new Seen<int>();
        builder.Services.AddSingleton(letters);
        builder.Services.AddStreamx<int>("a").AddDeadLetterHandler<NotingLetters>()
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; ; i++) await stream.PutAsync(i, token);
            })
            .AddStage<int, string>("p", (value, output, token) => output.PutAsync(Text(value), token).AsTask(), o =>
            {
                o.OnFailure = policy;
                o.Retry.MaxAttempts = 1000;
                o.Retry.Delay = o.Retry.MaxDelay = TimeSpan.FromHours(1);
            });
        builder.Services.AddStreamx<string>("b").AddConsumer("last", (_, _) => throw new InvalidOperationException("no ink"));
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await host.UntilLoggedAsync(LogLevel.Critical, "Stream a has failed with StreamFaultedException. The host stops with exit code 1.");
        await host.UntilLoggedAsync(LogLevel.Critical, "Stream b has failed with InvalidOperationException. The host stops with exit code 1.");
        await host.StopAsync().WithinAsync();

        var report = await host.ReportAsync();
        Assert.All(report.Streams, stream => Assert.Equal(ShutdownOutcome.Faulted, stream.Outcome));
        Assert.Equal((0, 0, 1), (report.Consumer("p").Skipped, report.Consumer("p").DeadLettered, report.Consumer("p").Aborted));
        Assert.Empty(letters["a"]);
        Assert.NotEqual(0, Environment.ExitCode);
    }

    [Fact]
    public async Task UpstreamProducerFails_DownstreamGetsWhatWasAcceptedAndDrains()
    {
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("a", o => o.Window = 8)
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; i <= 5; i++) await stream.PutAsync(i, token);
                throw new InvalidOperationException("source gone");
            })
            .AddStage<int, string>("p", (value, output, token) => output.PutAsync(Text(value), token).AsTask());
        builder.Services.AddStreamx<string>("b").AddConsumer("last", seen.By("last"));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(["1", "2", "3", "4", "5"], seen["last"]);
        Assert.Equal(InOrder(ShutdownOutcome.Faulted, ShutdownOutcome.Drained), report.Streams.Select(stream => stream.Outcome));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Detached_UpstreamEnds_DownstreamEndsToo(bool stuck)
    {
        var holding = new Signal();
        var never = new Signal();
        var release = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("a")
            .AddProducer("feed", async (stream, token) =>
            {
                await stream.PutAsync(1, token);
                await release.WaitAsync(token);
                await stream.PutAsync(2, token);
            })
            .AddConsumer("healthy", (_, _) => default)
            .AddStage<int, string>("p", async (_, _, token) =>
            {
                holding.Set();
                await never.WaitAsync(stuck ? CancellationToken.None : token);
            });
        builder.Services.AddStreamx<string>("b", o => o.StopHostWhenCompleted = true).AddConsumer("last", (_, _) => default);
        using var host = builder.Build();
        var stopRequested = host.StopRequestedAsync();

        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();
        var detached = host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("a", "p");
        release.Set();
        await stopRequested;
        await host.StopAsync().WithinAsync();

        Assert.True(detached);
        var report = await host.ReportAsync();
        Assert.All(report.Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
        Assert.Equal((0, 1, 1), (report.Consumer("p").Finished, report.Consumer("p").Aborted, report.Consumer("p").Undelivered));
        never.Set();
    }

    /// <summary>Stream a with 1 to 4, a processor that fails once on 2, and stream b, which stops the host.</summary>
    private IHost BuildFailing(ConsumerFailure policy, Seen<string> seen, bool alsoHealthy)
    {
        var failed = false;
        var builder = CreateBuilder();
        var upstream = builder.Services.AddStreamx<int>("a").AddCounting("feed", 4).AddStage<int, string>("p", async (value, output, token) =>
        {
            if (value == 2 && !failed)
            {
                failed = true;
                throw new InvalidOperationException("no ink");
            }

            await output.PutAsync(Text(value), token);
        }, o =>
        {
            o.OnFailure = policy;
            o.Restart.Delay = TimeSpan.FromMilliseconds(1);
        });
        if (alsoHealthy) upstream.AddConsumer("healthy", (_, _) => default);
        builder.Services.AddStreamx<string>("b", o => o.StopHostWhenCompleted = true).AddConsumer("last", seen.By("last"));
        return builder.Build();
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    internal sealed class Printing : IProcessor<int, string>
    {
        public Task ProcessAsync(int value, IStreamWriter<string> output, CancellationToken abortToken) => output.PutAsync(Text(value), abortToken).AsTask();
    }

    internal sealed class NotingLetters(Seen<int> letters) : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken)
        {
            letters.Add(letter.StreamName, letter.Value);
            return default;
        }
    }
}
