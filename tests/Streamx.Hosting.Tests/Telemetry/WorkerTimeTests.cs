using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Telemetry;

public class WorkerTimeTests
{
    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Consumer_IdleAndAtWork_TimesAddUpToTheWallClock(ConsumerKind kind)
    {
        var held = new Held();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddScripted(kind, held.ConsumeAsync));
        var writer = host.Host.Services.GetRequiredService<IStreamWriter<int>>();
        await host.Host.UntilConsumerAsync(Scripted.Name, consumer => consumer.State is StreamxConsumerState.Idle or StreamxConsumerState.Processing);
        host.Advance(3);
        await writer.PutAsync(1);
        await held.EnteredAsync(1);
        host.Advance(5);
        held.Release(1);
        await host.UntilFinishedAsync(Scripted.Name, 1);
        host.Advance(7);
        await writer.PutAsync(2);
        await held.EnteredAsync(2);
        host.Advance(11);

        var times = host.ConsumerTimes(Scripted.Name);

        Assert.Equal((10d, 16d), (times["idle"], times["process"]));
        Assert.Equal(26, times.Values.Sum());
        Assert.Equal([5d], host.Metrics.Of(StreamxInstruments.ConsumerProcessDuration).Select(duration => duration.Value));
        held.Release(2);
    }

    [Fact]
    public async Task Consumer_Retries_TimeIsItsOwnState_AndPartOfTheDuration()
    {
        var tries = 0;
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>()
            .AddConsumer("a", (_, _) => ++tries < 2 ? throw new FormatException() : default, o => o.Retry = PolicyHost.Endless(1)));
        var writer = host.Host.Services.GetRequiredService<IStreamWriter<int>>();
        await writer.PutAsync(1);
        await host.Host.UntilConsumerAsync("a", consumer => consumer.State == StreamxConsumerState.RetryWait);
        host.Advance(6);
        var waiting = host.ConsumerTimes("a");
        await host.AdvanceUntilAsync(() => host.HasReported("a", 1));

        var duration = Assert.Single(host.Metrics.Of(StreamxInstruments.ConsumerProcessDuration));

        Assert.Equal(6, waiting["retry_wait"]);
        Assert.Equal(duration.Value, host.ConsumerTimes("a")["retry_wait"] + host.ConsumerTimes("a")["process"]);
        Assert.Null(duration.Tag(StreamxTags.ErrorType));
        Assert.Equal("System.FormatException", Assert.Single(host.Metrics.Of(StreamxInstruments.ConsumerRetries)).Tag(StreamxTags.ErrorType));
        Assert.Empty(host.Metrics.Of(StreamxInstruments.WorkerFaults));
    }

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Consumer_RestartsAndPauses_AreStatesOfTheirOwn(ConsumerKind kind)
    {
        var tries = 0;
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>()
            .AddConsumer("other", (_, _) => default)
            .AddScripted(kind, (_, _) => ++tries < 2 ? throw new FormatException() : default, o =>
            {
                o.OnFailure = ConsumerFailure.Restart;
                o.Restart = PolicyHost.Endless();
            }));
        var control = host.Host.Services.GetRequiredService<IStreamxControl>();
        await host.Host.Services.GetRequiredService<IStreamWriter<int>>().PutAsync(1);
        await host.Host.UntilConsumerAsync(Scripted.Name, consumer => consumer.State == StreamxConsumerState.RestartWait);
        host.Advance(3);
        var waiting = host.ConsumerTimes(Scripted.Name);

        control.DetachConsumer("Int32", Scripted.Name);
        host.Advance(5);
        var paused = host.ConsumerTimes(Scripted.Name);
        await host.Host.UntilAsync(_ => host.Host.TheStream().FindConsumer(Scripted.Name)!.Run.IsCompleted);
        host.Advance(7);
        control.AttachConsumer("Int32", Scripted.Name);
        host.Advance(11);
        var attached = host.ConsumerTimes(Scripted.Name);

        Assert.Equal((3d, 0d), (waiting["restart_wait"], waiting["paused"]));
        Assert.Equal((3d, 5d), (paused["restart_wait"], paused["paused"]));
        Assert.Equal((3d, 12d, 11d), (attached["restart_wait"], attached["paused"], attached["idle"]));
        Assert.Equal(26, attached.Values.Sum());
        var fault = Assert.Single(host.Metrics.Of(StreamxInstruments.WorkerFaults));
        Assert.Equal(("consumer", Scripted.Name, "System.FormatException"), (fault.Tag(StreamxTags.WorkerRole), fault.Tag(StreamxTags.WorkerName), fault.Tag(StreamxTags.ErrorType)));
    }

    [Fact]
    public async Task Producer_WorksPausesAndRestarts_TimesAddUpToTheWallClock()
    {
        var fails = new Signal();
        var tries = 0;
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>()
            .AddProducer(
                "feed",
                async (stream, token) =>
                {
                    if (++tries > 1) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                    await fails.WaitAsync(token);
                    throw new FormatException();
                },
                o =>
                {
                    o.OnFailure = ProducerFailure.Restart;
                    o.Restart = PolicyHost.Endless();
                })
            .AddConsumer("a", (_, _) => default));
        var control = host.Host.Services.GetRequiredService<IStreamxControl>();
        host.Advance(1);
        control.PauseProducer("Int32", "feed");
        host.Advance(2);
        control.ResumeProducer("Int32", "feed");
        host.Advance(4);
        fails.Set();
        await Until.TrueAsync(() => host.Host.Producer().State == StreamxProducerState.RestartWait);
        host.Advance(8);

        var times = host.ProducerTimes("feed");

        Assert.Equal((5d, 2d, 8d), (times["produce"], times["paused"], times["restart_wait"]));
        Assert.Equal(15, times.Values.Sum());
        Assert.Equal(1, host.Metrics.Sum(StreamxInstruments.WorkerFaults, (StreamxTags.WorkerRole, "producer"), (StreamxTags.ErrorType, "System.FormatException")));
        Assert.Empty(host.Metrics.Of(StreamxInstruments.WorkerRestarts));
        await host.AdvanceUntilAsync(() => host.Host.Producer().Restarts == 1);
        Assert.Equal(1, host.Metrics.Sum(StreamxInstruments.WorkerRestarts, (StreamxTags.WorkerName, "feed"), (StreamxTags.ErrorType, "System.FormatException")));
    }

    [Fact]
    public async Task WorkerEnded_TimeStandsStill()
    {
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddFeed(1).AddConsumer("a", (_, _) => default));
        await host.StopAsync();
        var before = (host.ProducerTimes("feed").Values.Sum(), host.ConsumerTimes("a").Values.Sum());

        host.Advance(100);

        Assert.Equal(before, (host.ProducerTimes("feed").Values.Sum(), host.ConsumerTimes("a").Values.Sum()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ListenerThatComesBack_FindsThemInTheStateTheyAreIn(bool holds)
    {
        var held = new Held();
        var put = new Signal();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>()
            .AddProducer("feed", async (stream, token) =>
            {
                await put.WaitAsync(token);
                await stream.PutAsync(1, token);
                await stream.PutAsync(2, token);
            })
            .AddConsumer("a", held.ConsumeAsync));
        await host.Host.UntilConsumerAsync("a", consumer => consumer.State == StreamxConsumerState.Idle);
        host.Advance(1);
        host.Metrics.Dispose();
        if (holds) put.Set();
        if (holds) await held.EnteredAsync(1);
        if (holds) await host.UntilWaitingAsync(1, "a");
        host.Advance(100);

        using var late = new MetricsRecorder(host.Host.Services);
        var before = Times();
        host.Advance(3);
        var after = Times();

        Assert.Equal((101d, 101d), (before.Producer.Values.Sum(), before.Consumer.Values.Sum()));
        Assert.Equal(3, after.Producer[holds ? "put_wait" : "produce"] - before.Producer[holds ? "put_wait" : "produce"]);
        Assert.Equal(3, after.Consumer[holds ? "process" : "idle"] - before.Consumer[holds ? "process" : "idle"]);
        put.Set();
        held.Release(1);
        held.Release(2);

        (Dictionary<string, double> Producer, Dictionary<string, double> Consumer) Times() => (
            late.Observe(StreamxInstruments.ProducerTime).ToDictionary(time => (string)time.Tag(StreamxTags.ProducerState)!, time => time.Value),
            late.Of(StreamxInstruments.ConsumerTime).ToDictionary(time => (string)time.Tag(StreamxTags.ConsumerState)!, time => time.Value));
    }

    [Fact]
    public async Task FirstListener_CountsFromWhenItCame()
    {
        var held = new Held();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var builder = TestHost.CreateBuilder(time);
        builder.Services.AddStreamx<int>().AddFeed(2, staysOpen: true).AddConsumer("a", held.ConsumeAsync);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync("a");
        time.Advance(TimeSpan.FromSeconds(100));

        using var metrics = new MetricsRecorder(host.Services);
        var first = metrics.Observe(StreamxInstruments.ProducerTime).Concat(metrics.Of(StreamxInstruments.ConsumerTime)).Sum(measurement => measurement.Value);
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(0, first);
        Assert.Equal(3, metrics.ObserveOne(StreamxInstruments.ProducerTime, (StreamxTags.ProducerState, "put_wait")));
        Assert.Equal(3, metrics.ObserveOne(StreamxInstruments.ConsumerTime, (StreamxTags.ConsumerState, "process")));
        held.Release(1);
        held.Release(2);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Processor_IsConsumerHereAndProducerThere()
    {
        var held = new Held();
        await using var host = await MeasuredHost.StartAsync(services =>
        {
            services.AddStreamx<int>("in").AddFeed(2, staysOpen: true).AddStage<int, string>("stage", async (value, output, token) => await output.PutAsync($"{value}", token));
            services.AddStreamx<string>("out").AddConsumer("a", (value, token) => held.ConsumeAsync(int.Parse(value, System.Globalization.CultureInfo.InvariantCulture), token));
        });
        await Until.TrueAsync(() => host.Host.Services.GetRequiredService<IStreamxControl>().GetStreams().Single(stream => stream.Name == "out").Stream.ValuesWaiting == 1);
        await held.EnteredAsync(1);
        host.Advance(4);

        var (producer, consumer) = (host.ProducerTimes("stage"), host.ConsumerTimes("stage"));

        Assert.Equal(4, producer["put_wait"]);
        Assert.Equal((4d, 0d), (consumer["output_wait"], consumer["process"]));
        Assert.Equal(4, consumer.Values.Sum());
        Assert.Equal(1, host.Metrics.ObserveOne(StreamxInstruments.ProducerActive, (StreamxTags.StreamName, "out")));
        held.Release(1);
        await Until.TrueAsync(() => host.Metrics.Sum(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.ProducerName, "stage"), (StreamxTags.GatedBy, "a")) > 0);
        Assert.Equal(4, host.Metrics.Sum(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.ProducerName, "stage"), (StreamxTags.GatedBy, "a")));
        held.Release(2);
    }

    [Fact]
    public async Task Producer_PausedBeforeItStarts_IsPausedFromTheStart()
    {
        await using var host = await MeasuredHost.StartAsync(services =>
        {
            services.AddSingleton<IHostedService>(provider => new HookService
            {
                OnStart = _ => Task.FromResult(provider.GetRequiredService<IStreamxControl>().PauseProducer("Int32", "feed")),
            });
            services.AddStreamx<int>().AddFeed(1, staysOpen: true).AddConsumer("a", (_, _) => default);
        });
        host.Advance(4);

        Assert.Equal((4d, 0d), (host.ProducerTimes("feed")["paused"], host.ProducerTimes("feed")["produce"]));
    }

    /// <summary>The clock is asked right before each change of what a consumer does: there, at one time after the other, it is taken out.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Consumer_DetachedWhileItBeginsToWait_StaysPaused(int reading)
    {
        var clock = new InterruptingClock();
        await using var host = await MeasuredHost.StartAsync(
            services => services.AddStreamx<int>()
                .AddConsumer(
                    "a",
                    (_, _) =>
                    {
                        clock.InterruptThisThread(reading);
                        throw new FormatException();
                    },
                    o => o.Retry = PolicyHost.Endless())
                .AddConsumer("b", (_, _) => default),
            clock);
        var control = host.Host.Services.GetRequiredService<IStreamxControl>();
        var detached = new Signal();
        clock.OnInterrupt = () =>
        {
            control.DetachConsumer("Int32", "a");
            detached.Set();
        };
        var stream = host.Host.TheStream();
        await ((HostedStream<int>)stream).Backend.InjectableStream.PutAsync(1);
        await Until.TrueAsync(() => detached.IsSet || host.Host.Consumer("a").State == StreamxConsumerState.RetryWait);
        if (!detached.IsSet) control.DetachConsumer("Int32", "a");
        await Until.TrueAsync(() => stream.Consumers[0].Run.IsCompleted);
        var before = host.ConsumerTimes("a")["paused"];
        host.Advance(9);

        Assert.Equal(9, host.ConsumerTimes("a")["paused"] - before);
    }

    [Fact]
    public async Task Producer_CollectedWhileItsPutBeginsToWait_WaitsAsLongAsThePutSays()
    {
        var clock = new InterruptedClock();
        var (go, gone, accepted) = (new Signal(), new Signal(), new Signal());
        var held = new Held();
        await using var host = await MeasuredHost.StartAsync(
            services => services.AddStreamx<int>()
                .AddConsumer("a", held.ConsumeAsync)
                .AddProducer("feed", async (stream, token) =>
                {
                    await stream.PutAsync(1, token);
                    await go.WaitAsync();
                    clock.InterruptOnce();
                    var second = stream.PutAsync(2, token);
                    gone.Set();
                    await second;
                    accepted.Set();
                }),
            clock);
        await held.EnteredAsync(1);
        using var collector = new MetricsRecorder(host.Host.Services, StreamxInstruments.ProducerTime);
        // The put has asked for the time, and somebody else is faster.
        clock.Interruption = () =>
        {
            host.Advance(5);
            collector.Observe(StreamxInstruments.ProducerTime);
        };

        go.Set();
        await gone.WaitAsync();
        host.Advance(7);
        held.Release(1);
        held.Release(2);
        await accepted.WaitAsync();

        Assert.Equal(7, host.Metrics.Sum(StreamxInstruments.BackpressureWaitDuration));
        Assert.Equal((5d, 7d), (host.ProducerTimes("feed")["produce"], host.ProducerTimes("feed")["put_wait"]));
    }

    /// <summary>A clock that can let something happen just after it has been read, as another thread could.</summary>
    private sealed class InterruptedClock : FakeTimeProvider
    {
        private int _isArmed;

        internal Action Interruption { get; set; } = () => { };

        /// <summary>Interrupts the next reading.</summary>
        internal void InterruptOnce() => Interlocked.Exchange(ref _isArmed, 1);

        public override long GetTimestamp()
        {
            var now = base.GetTimestamp();
            if (Interlocked.Exchange(ref _isArmed, 0) == 1) Interruption();
            return now;
        }
    }
}
