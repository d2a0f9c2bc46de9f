using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests;

public abstract class ControlTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : ControlTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : ControlTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task GetStreams_BeforeTheStart_EverythingIsRegisteredAndNothingRuns()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("z").AddProducer("feed", (_, _) => Task.CompletedTask).AddConsumer("one", (_, _) => default).AddConsumer("two", (_, _) => default);
        builder.Services.AddStreamx<string>("a").AddConsumer("three", (_, _) => default);
        using var host = builder.Build();
        var control = Control(host);

        var streams = control.GetStreams();

        Assert.Equal(InOrder("z", "a"), streams.Select(stream => stream.Name));
        Assert.All(streams, stream => Assert.Equal((StreamState.Open, 0, 0), (stream.Stream.State, stream.Stream.ValuesPut, stream.ControlActions)));
        var z = streams.Single(stream => stream.Name == "z");
        Assert.Equal([("feed", StreamxProducerState.NotStarted)], z.Producers.Select(producer => (producer.Name, producer.State)));
        Assert.Equal(InOrder("one", "two"), z.Consumers.Select(consumer => consumer.Name));
        Assert.All(z.Consumers, consumer => Assert.Equal(StreamxConsumerState.NotStarted, consumer.State));
        Assert.All(streams.SelectMany(stream => stream.Consumers), consumer => Assert.Null(consumer.Subscription));
        Assert.False(control.DetachConsumer("z", "one"));
        Assert.False(control.AttachConsumer("z", "one"));
        await host.StartAsync().WithinAsync();
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task GetStreams_WhileItRunsAndAfterTheEnd_TellsStatesAndCounts()
    {
        var holding = new Signal();
        var release = new Signal();
        var finish = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s", o => o.Window = 4)
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; i <= 3; i++) await stream.PutAsync(i, token);
                await finish.WaitAsync(token);
            })
            .AddConsumer("quick", (_, _) => default)
            .AddConsumer("holding", async (value, _) =>
            {
                if (value != 2) return;
                holding.Set();
                await release.WaitAsync();
                throw new InvalidOperationException("no ink");
            }, o => o.OnFailure = ConsumerFailure.Skip);
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();
        await Until.TrueAsync(() => Consumer(host, "quick") is { ValuesFinished: 3, State: StreamxConsumerState.Idle });
        var during = Status(host);
        release.Set();
        finish.Set();
        await LoggedAsync(host, "Stream s completed");
        var after = Status(host);
        await host.StopAsync().WithinAsync();

        Assert.Equal((StreamState.Open, 3), (during.Stream.State, during.Stream.ValuesPut));
        Assert.Equal(StreamxProducerState.Running, during.Producers[0].State);
        Assert.Equal((StreamxConsumerState.Processing, 1L), (Holding(during).State, Holding(during).ValuesFinished));
        Assert.Equal((2L, true), (Holding(during).Subscription!.Lag, Holding(during).Subscription!.HoldsValue));
        Assert.Equal(StreamState.Closed, after.Stream.State);
        Assert.Equal(StreamxProducerState.Ended, after.Producers[0].State);
        Assert.All(after.Consumers, consumer => Assert.Equal(StreamxConsumerState.Ended, consumer.State));
        Assert.Equal((2L, 1L, 1L), (Holding(after).ValuesFinished, Holding(after).ValuesSkipped, Holding(after).Faults));
        Assert.All(Status(host).Consumers, consumer => Assert.Equal(StreamxConsumerState.Ended, consumer.State));

        static StreamxConsumerStatus Holding(StreamxStreamStatus status) => status.Consumers.Single(consumer => consumer.Name == "holding");
    }

    [Fact]
    public async Task GetStreams_WaitingToTryAgain_TellsWhichWait()
    {
        var time = new FakeTimeProvider();
        var builder = CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddStreamx<int>("s", o => o.DrainTimeout = TimeSpan.Zero)
            .AddProducer("feed", (stream, token) => stream.PutAsync(1, token).AsTask())
            .AddProducer("gone", (_, _) => throw new InvalidOperationException("source gone"), o => o.OnFailure = ProducerFailure.Restart)
            .AddConsumer("retrying", (_, _) => throw new InvalidOperationException("no ink"), o => o.Retry.MaxAttempts = 1)
            .AddConsumer("restarting", (_, _) => throw new InvalidOperationException("no ink"), o => o.OnFailure = ConsumerFailure.Restart);
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => Consumer(host, "retrying").State == StreamxConsumerState.RetryWait);
        await Until.TrueAsync(() => Consumer(host, "restarting").State == StreamxConsumerState.RestartWait);
        await Until.TrueAsync(() => Producer(host, "gone").State == StreamxProducerState.RestartWait);
        var (retrying, restarting, gone) = (Consumer(host, "retrying"), Consumer(host, "restarting"), Producer(host, "gone"));
        await host.StopAsync().WithinAsync();

        Assert.Equal((1L, 0L, 0L), (retrying.Retries, retrying.Restarts, retrying.Faults));
        Assert.Equal((0L, 0L, 1L), (restarting.Retries, restarting.Restarts, restarting.Faults));
        Assert.Equal((0L, 1L), (gone.Restarts, gone.Faults));
    }

    [Fact]
    public async Task GetStreams_AfterAFailure_NamesWhoFailed()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s").AddProducer<HundredProducer>().AddConsumer("healthy", (_, _) => default)
            .AddConsumer("failing", (_, _) => throw new InvalidOperationException("no ink"));
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal(StreamState.Faulted, Status(host).Stream.State);
        Assert.Equal(StreamxConsumerState.Failed, Consumer(host, "failing").State);
        Assert.Equal(StreamxConsumerState.Ended, Consumer(host, "healthy").State);
        Assert.Equal(StreamxProducerState.Ended, Status(host).Producers[0].State);
    }

    [Fact]
    public async Task PauseProducer_PutWaitsAndTryPutIsRefused_ResumeLetsItGoOn()
    {
        var first = new Signal();
        var putting = new Signal();
        var go = new Signal();
        var tried = true;
        Task? put = null;
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s", o => { o.Window = 16; o.StopHostWhenCompleted = true; })
            .AddProducer("feed", async (stream, token) =>
            {
                await stream.PutAsync(1, token);
                first.Set();
                await go.WaitAsync(token);
                tried = stream.TryPut(2);
                put = stream.PutAsync(3, token).AsTask();
                putting.Set();
                await put;
                await stream.PutAsync(4, token);
            })
            .AddProducer("other", async (stream, token) =>
            {
                await putting.WaitAsync(token);
                await stream.PutAsync(10, token);
                await stream.FlushAsync(token);
            })
            .AddConsumer("last", seen.By("last"));
        using var host = builder.Build();
        var control = Control(host);
        var stopRequested = host.StopRequestedAsync();

        await host.StartAsync().WithinAsync();
        await first.WaitAsync();
        var paused = control.PauseProducer("s", "feed");
        var pausedAgain = control.PauseProducer("S", "FEED");
        go.Set();
        await putting.WaitAsync();
        // The other producer's value is through, and there is room: only the pause holds the put back.
        await Until.TrueAsync(() => seen["last"].Contains(10));
        var (waits, during) = (!put!.IsCompleted, Status(host));
        var resumed = control.ResumeProducer("S", "Feed");
        var resumedAgain = control.ResumeProducer("s", "feed");
        await stopRequested;
        await host.StopAsync().WithinAsync();

        Assert.Equal((true, false, true, false), (paused, pausedAgain, resumed, resumedAgain));
        Assert.True(waits);
        Assert.False(tried);
        Assert.Equal(StreamxProducerState.Paused, Assert.Single(during.Producers, producer => producer.Name == "feed").State);
        Assert.Equal([1, 10, 3, 4], seen["last"]);
        Assert.Equal(2, Status(host).ControlActions);
        Assert.Equal(["Control: pause of feed of stream s.", "Control: resume of Feed of stream s."], host.Log(LogLevel.Warning));
    }

    [Fact]
    public async Task TryPutAsync_ProducerIsPaused_EndsInTimeAndNothingIsPut()
    {
        var paused = new Signal();
        var waiting = new Signal();
        bool[] inTime = [];
        Task<bool>? patient = null;
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s", o => o.StopHostWhenCompleted = true)
            .AddProducer("feed", async (stream, token) =>
            {
                await paused.WaitAsync(token);
                inTime =
                [
                    await stream.TryPutAsync(1, TimeSpan.Zero, token),
                    await stream.TryPutAsync(2, TimeSpan.FromMilliseconds(1), token),
                ];
                patient = stream.TryPutAsync(3, Timeout.InfiniteTimeSpan, token).AsTask();
                waiting.Set();
                await patient;
            })
            .AddConsumer("last", seen.By("last"));
        using var host = builder.Build();
        var stopRequested = host.StopRequestedAsync();

        await host.StartAsync().WithinAsync();
        Control(host).PauseProducer("s", "feed");
        paused.Set();
        await waiting.WaitAsync();
        var waits = !patient!.IsCompleted;
        Control(host).ResumeProducer("s", "feed");
        await stopRequested;
        await host.StopAsync().WithinAsync();

        Assert.Equal([false, false], inTime);
        Assert.True(waits);
        Assert.True(await patient);
        Assert.Equal([3], seen["last"]);
    }

    [Fact]
    public async Task PauseProducer_PutIsWaitingAlready_ThatOneStillCommits()
    {
        var release = new Signal();
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s")
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; i <= 3; i++) await stream.PutAsync(i, token);
            })
            .AddConsumer("last", async (value, _) =>
            {
                await release.WaitAsync();
                seen.Add("last", value);
            });
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => Status(host).Stream.ValuesWaiting == 1);
        Control(host).PauseProducer("s", "feed");
        release.Set();
        await Until.TrueAsync(() => Consumer(host, "last") is { ValuesFinished: 2, State: StreamxConsumerState.Idle });
        var accepted = Status(host).Stream.ValuesPut;
        Control(host).ResumeProducer("s", "feed");
        await LoggedAsync(host, "Stream s completed");
        await host.StopAsync().WithinAsync();

        Assert.Equal(2, accepted);
        Assert.Equal([1, 2, 3], seen["last"]);
    }

    [Fact]
    public async Task PauseProducer_HostStops_WhatItThenPutsIsDelivered()
    {
        var putting = new Signal();
        var paused = new Signal();
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s")
            .AddProducer("feed", async (stream, token) =>
            {
                await paused.WaitAsync(CancellationToken.None);
                for (var i = 1; i == 1 || !token.IsCancellationRequested; i++)
                {
                    var put = stream.PutAsync(i, CancellationToken.None);
                    putting.Set();
                    await put;
                    await Task.Yield();
                    if (i == 5) return;
                }
            })
            .AddConsumer("last", seen.By("last"));
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        Control(host).PauseProducer("s", "feed");
        paused.Set();
        await putting.WaitAsync();
        await host.StopAsync().WithinAsync();

        var stream = Assert.Single((await host.ReportAsync()).Streams);
        Assert.Equal(ShutdownOutcome.Drained, stream.Outcome);
        Assert.Equal(1, seen["last"].First());
        Assert.Equal(stream.ValuesAccepted, seen["last"].Count);
        Assert.False(Control(host).PauseProducer("s", "feed"));
        Assert.Equal(StreamxProducerState.Ended, Status(host).Producers[0].State);
    }

    [Fact]
    public async Task PauseProducer_HasReturned_ChangesNothing()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s").AddProducer("feed", (_, _) => Task.CompletedTask).AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await LoggedAsync(host, "Stream s completed");

        Assert.False(Control(host).PauseProducer("s", "feed"));
        Assert.Equal(0, Status(host).ControlActions);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task PauseProducer_BeforeTheStart_HoldsBackTheFirstPut()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s")
            .AddProducer("feed", (stream, token) => stream.PutAsync(1, token).AsTask())
            .AddProducer("other", async (stream, token) =>
            {
                await stream.PutAsync(2, token);
                await stream.FlushAsync(token);
            })
            .AddConsumer("any", (_, _) => default);
        using var host = builder.Build();
        var paused = Control(host).PauseProducer("s", "feed");
        var before = Producer(host, "feed").State;

        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => Producer(host, "other").State == StreamxProducerState.Ended);
        var (during, accepted) = (Producer(host, "feed").State, Status(host).Stream.ValuesPut);
        Control(host).ResumeProducer("s", "feed");
        await LoggedAsync(host, "Stream s completed. Values accepted: 2.");
        await host.StopAsync().WithinAsync();

        Assert.True(paused);
        Assert.Equal((StreamxProducerState.NotStarted, StreamxProducerState.Paused), (before, during));
        Assert.Equal(1, accepted);
    }

    [Fact]
    public async Task DetachAndAttach_HandlerGivesUp_ValuesMeanwhileAreNotSeenAndTheReportAddsUp()
    {
        var holding = new Signal();
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s").AddConsumer("steady", (_, _) => default).AddConsumer("moving", async (value, token) =>
        {
            seen.Add("last", value);
            if (value != 2) return;
            holding.Set();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        });
        using var host = builder.Build();
        var control = Control(host);
        var writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("s");

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await writer.PutAsync(2).WithinAsync();
        await holding.WaitAsync();
        var waiting = writer.PutAsync(3).AsTask();
        var waited = !waiting.IsCompleted;
        var detached = control.DetachConsumer("S", "Moving");
        await waiting.WithinAsync();
        await writer.FlushAsync().WithinAsync();
        var (detachedAgain, during) = (control.DetachConsumer("s", "moving"), Consumer(host, "moving"));
        await writer.PutAsync(4).WithinAsync();
        var attached = await AttachAsync(control, "s", "moving");
        var attachedAgain = control.AttachConsumer("s", "moving");
        await writer.PutAsync(5).WithinAsync();
        await writer.FlushAsync().WithinAsync();
        var after = Consumer(host, "moving");
        await host.StopAsync().WithinAsync();

        Assert.True(waited);
        Assert.Equal((true, false, true, false), (detached, detachedAgain, attached, attachedAgain));
        Assert.Equal((StreamxConsumerState.Detached, 1L, 1L), (during.State, during.ValuesFinished, during.Subscription!.ValuesAbandoned));
        Assert.Equal((StreamxConsumerState.Idle, 2L), (after.State, after.ValuesFinished));
        Assert.Equal([1, 2, 5], seen["last"]);
        var report = await host.ReportAsync();
        Assert.Equal((ShutdownOutcome.Drained, 5), (report.Streams[0].Outcome, report.Streams[0].ValuesAccepted));
        Assert.Equal((2, 1, 2), (report.Consumer("moving").Finished, report.Consumer("moving").Aborted, report.Consumer("moving").Undelivered));
        Assert.Equal((5, 0, 0), (report.Consumer("steady").Finished, report.Consumer("steady").Aborted, report.Consumer("steady").Undelivered));
        Assert.Equal(2, Status(host).ControlActions);
        Assert.Equal(2, host.Log(LogLevel.Warning).Count(message => message.StartsWith("Control: ", StringComparison.Ordinal)));
        Assert.Empty(host.Log(LogLevel.Error));
    }

    [Fact]
    public async Task DetachConsumer_HandlerIsStuck_LeavesAtOnce_AttachIsRefusedUntilItReturns()
    {
        var holding = new Signal();
        var release = new Signal();
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s").AddConsumer("steady", (_, _) => default).AddConsumer("stuck", async (value, _) =>
        {
            seen.Add("last", value);
            if (value != 1) return;
            holding.Set();
            await release.WaitAsync();
        });
        using var host = builder.Build();
        var control = Control(host);
        var writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("s");

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await holding.WaitAsync();
        control.DetachConsumer("s", "stuck");
        await writer.PutAsync(2).WithinAsync();
        await writer.FlushAsync().WithinAsync();
        var refused = Assert.Throws<InvalidOperationException>(() => { control.AttachConsumer("s", "stuck"); });
        var state = Consumer(host, "stuck").State;
        release.Set();
        await AttachAsync(control, "s", "stuck");
        await writer.PutAsync(3).WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal("The code of consumer 'stuck' of stream 's' has not returned since it was detached.", refused.Message);
        Assert.Equal(StreamxConsumerState.Detached, state);
        Assert.Equal([1, 3], seen["last"]);
        var consumer = (await host.ReportAsync()).Consumer("stuck");
        Assert.Equal((1, 1, 1, true), (consumer.Finished, consumer.Aborted, consumer.Undelivered, consumer.HasReturned));
    }

    [Fact]
    public async Task DetachConsumer_StuckUntilTheStop_StopDoesNotWaitForIt()
    {
        var holding = new Signal();
        var never = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s").AddConsumer("steady", (_, _) => default).AddConsumer("stuck", async (_, _) =>
        {
            holding.Set();
            await never.WaitAsync(CancellationToken.None);
        });
        using var host = builder.Build();
        var writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("s");

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await holding.WaitAsync();
        Control(host).DetachConsumer("s", "stuck");
        await host.StopAsync().WithinAsync();

        var report = await host.ReportAsync();
        Assert.Equal(ShutdownOutcome.Drained, report.Streams[0].Outcome);
        Assert.False(report.Consumer("stuck").HasReturned);
        never.Set();
    }

    [Fact]
    public async Task DetachConsumer_LastThatGates_IsRefusedAndGoesOn()
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s")
            .AddConsumer("one", seen.By("last"))
            .AddConsumer("two", (_, _) => default)
            .AddConsumer("newest", (_, _) => default, o => o.Mode = SubscriptionMode.Latest);
        using var host = builder.Build();
        var control = Control(host);
        var writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("s");

        await host.StartAsync().WithinAsync();
        var second = control.DetachConsumer("s", "two");
        var refused = Assert.Throws<InvalidOperationException>(() => { control.DetachConsumer("s", "one"); });
        var newest = control.DetachConsumer("s", "newest");
        await writer.PutAsync(1).WithinAsync();
        await writer.FlushAsync().WithinAsync();
        var back = await AttachAsync(control, "s", "two");
        var first = control.DetachConsumer("s", "one");
        await writer.PutAsync(2).WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal((true, true, true, true), (second, newest, back, first));
        Assert.StartsWith("Consumer 'one' is the last that keeps stream 's' alive", refused.Message, StringComparison.Ordinal);
        Assert.Equal([1], seen["last"]);
        Assert.Equal(4, Status(host).ControlActions);
        Assert.Equal(ShutdownOutcome.Drained, (await host.ReportAsync()).Streams[0].Outcome);
    }

    [Fact]
    public async Task DetachAndAttach_WhileTheHostStarts_ConsumerRunsOnce()
    {
        var seen = new Seen<int>();
        (bool Detached, bool Attached) changed = default;
        StreamxConsumerState between = default;
        var builder = CreateBuilder();
        // Everyone has been subscribed by then. Whether the consumers run already depends on whose turn comes first.
        builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            OnStart = async _ =>
            {
                var control = provider.GetRequiredService<IStreamxControl>();
                changed = (control.DetachConsumer("s", "moving"), await AttachAsync(control, "s", "moving"));
                control.DetachConsumer("s", "out");
                between = control.GetStreams()[0].Consumers.Single(consumer => consumer.Name == "out").State;
            },
        });
        builder.Services.AddStreamx<int>("s").AddConsumer("steady", (_, _) => default).AddConsumer("moving", seen.By("last")).AddConsumer("out", (_, _) => default);
        using var host = builder.Build();
        var writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("s");

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await writer.FlushAsync().WithinAsync();
        var after = Consumer(host, "out").State;
        await host.StopAsync().WithinAsync();

        Assert.Equal((true, true), changed);
        Assert.Equal([1], seen["last"]);
        Assert.Equal((StreamxConsumerState.Detached, StreamxConsumerState.Detached), (between, after));
        Assert.Equal(ShutdownOutcome.Drained, (await host.ReportAsync()).Streams[0].Outcome);
        Assert.Empty(host.Log(LogLevel.Error));
    }

    [Fact]
    public async Task AttachConsumer_StreamHasEnded_IsRefused()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s").AddConsumer("steady", (_, _) => default).AddConsumer("moving", (_, _) => default);
        using var host = builder.Build();
        var control = Control(host);

        await host.StartAsync().WithinAsync();
        control.DetachConsumer("s", "moving");
        await control.DrainAsync("s").WithinAsync();

        var refused = Assert.Throws<InvalidOperationException>(() => { control.AttachConsumer("s", "moving"); });
        Assert.Equal("Stream 's' is Closed: consumer 'moving' cannot be attached any more.", refused.Message);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task UnknownNames_ThrowNamingThem()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s").AddProducer("feed", (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)).AddConsumer("any", (_, _) => default);
        using var host = builder.Build();
        var control = Control(host);
        await host.StartAsync().WithinAsync();

        Action[] unknownStreams =
        [
            () => control.PauseProducer("nil", "feed"), () => control.ResumeProducer("nil", "feed"),
            () => control.DetachConsumer("nil", "any"), () => control.AttachConsumer("nil", "any"),
            () => _ = control.DrainAsync("nil"),
        ];
        // A producer is no consumer, nor the other way round.
        Action[] unknownProducers = [() => control.PauseProducer("s", "any"), () => control.ResumeProducer("s", "any")];
        Action[] unknownConsumers = [() => control.DetachConsumer("s", "feed"), () => control.AttachConsumer("s", "feed")];

        Assert.All(unknownStreams, act => Assert.StartsWith("There is no stream 'nil'.", Assert.Throws<ArgumentException>("name", act).Message, StringComparison.Ordinal));
        Assert.All(unknownProducers, act => Assert.StartsWith("Stream 's' has no producer 'any'.", Assert.Throws<ArgumentException>("name", act).Message, StringComparison.Ordinal));
        Assert.All(unknownConsumers, act => Assert.StartsWith("Stream 's' has no consumer 'feed'.", Assert.Throws<ArgumentException>("name", act).Message, StringComparison.Ordinal));
        Assert.Equal(0, Status(host).ControlActions);
        await host.StopAsync().WithinAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drain_ProducersAreToldAndAcceptedValuesFinished_HostGoesOnUnlessItIsToStop(bool stopsHost)
    {
        var told = new Signal();
        var release = new Signal();
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s", o => { o.Window = 4; o.StopHostWhenCompleted = stopsHost; })
            .AddProducer("feed", async (stream, token) =>
            {
                token.Register(told.Set);
                for (var i = 1; ; i++) await stream.PutAsync(i, token);
            })
            .AddConsumer("last", async (value, _) =>
            {
                await release.WaitAsync();
                seen.Add("last", value);
            });
        builder.Services.AddStreamx<string>("other").AddConsumer("any", (_, _) => default);
        using var host = builder.Build();
        var stopRequested = host.StopRequestedAsync();

        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => Status(host).Stream.ValuesWaiting == 1);
        var drain = Control(host).DrainAsync("S");
        await told.WaitAsync();
        await Until.TrueAsync(() => Status(host).Stream.State != StreamState.Open);
        using var impatient = new CancellationTokenSource();
        var second = Control(host).DrainAsync("s", impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WithinAsync());
        var drainedEarly = drain.IsCompleted;
        release.Set();
        await drain.WithinAsync();
        var finished = seen["last"].Count;
        var accepted = Status(host).Stream.ValuesPut;
        await LoggedAsync(host, "Stream s completed");
        if (stopsHost) await stopRequested;
        var (stopped, other) = (stopRequested.IsCompleted, Control(host).GetStreams().Single(stream => stream.Name == "other").Stream.State);
        await host.StopAsync().WithinAsync();

        Assert.False(drainedEarly);
        Assert.Equal(accepted, finished);
        Assert.Equal(Enumerable.Range(1, finished), seen["last"]);
        Assert.True(finished >= 4, "The window was full.");
        Assert.Equal(stopsHost, stopped);
        if (!stopsHost) Assert.Equal(StreamState.Open, other);
        Assert.Equal(2, Status(host).ControlActions);
        Assert.All((await host.ReportAsync()).Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
    }

    [Fact]
    public async Task Drain_ProducerIsPaused_EndsAllTheSame()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s")
            .AddProducer("feed", async (stream, token) =>
            {
                while (!token.IsCancellationRequested) await stream.PutAsync(1, CancellationToken.None);
            })
            .AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        Control(host).PauseProducer("s", "feed");
        await Control(host).DrainAsync("s").WithinAsync();

        Assert.Equal(StreamState.Closed, Status(host).Stream.State);
        Assert.False(Control(host).PauseProducer("s", "feed"));
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Drain_Upstream_EndsTheDownstreamToo_DrainOfTheDownstreamWaitsForItsProcessors()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("s").AddProducer("feed", async (stream, token) =>
        {
            for (var i = 1; ; i++) await stream.PutAsync(i, token);
        }).AddStage<int, string>("p", (_, output, token) => output.PutAsync("x", token).AsTask());
        builder.Services.AddStreamx<string>("down").AddConsumer("last", (_, _) => default);
        using var host = builder.Build();
        var control = Control(host);

        await host.StartAsync().WithinAsync();
        var downstream = control.DrainAsync("down");
        await Until.TrueAsync(() => Downstream().ValuesPut > 10);
        var (endedEarly, state) = (downstream.IsCompleted, Downstream().State);
        await control.DrainAsync("s").WithinAsync();
        await downstream.WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.False(endedEarly);
        Assert.Equal(StreamState.Open, state);
        var report = await host.ReportAsync();
        Assert.All(report.Streams, stream => Assert.Equal((ShutdownOutcome.Drained, report.Streams[0].ValuesAccepted), (stream.Outcome, stream.Consumers[0].Finished)));

        StreamSnapshot Downstream() => control.GetStreams().Single(stream => stream.Name == "down").Stream;
    }

    private static IStreamxControl Control(IHost host) => host.Services.GetRequiredService<IStreamxControl>();

    /// <summary>The stream "s".</summary>
    private static StreamxStreamStatus Status(IHost host) => Assert.Single(Control(host).GetStreams(), stream => stream.Name == "s");

    private static StreamxProducerStatus Producer(IHost host, string name) => Assert.Single(Status(host).Producers, producer => producer.Name == name);

    private static StreamxConsumerStatus Consumer(IHost host, string name) => Assert.Single(Status(host).Consumers, consumer => consumer.Name == name);

    /// <summary>Attaches once the consumer's code has returned, which has no event of its own.</summary>
    private static async Task<bool> AttachAsync(IStreamxControl control, string stream, string consumer)
    {
        var attached = false;
        await Until.TrueAsync(() =>
        {
            try
            {
                attached = control.AttachConsumer(stream, consumer);
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        });
        return attached;
    }

    private static Task LoggedAsync(IHost host, string message) =>
        Until.TrueAsync(() => host.Log(LogLevel.Information).Any(logged => logged.Contains(message, StringComparison.Ordinal)));
}
