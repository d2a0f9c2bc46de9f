using System.Diagnostics.Metrics;

namespace Streamx.Hosting.Tests.Logging;

/// <summary>For each event of the log a run of a host in one process that reaches it, and ends the same way each time.</summary>
internal static class LoggingScenarios
{
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(100);

    public static IReadOnlyDictionary<int, Func<LoggedRun, Task>> All { get; } = new Dictionary<int, Func<LoggedRun, Task>>
    {
        [1] = CompletesAsync,
        [2] = CompletesAsync,
        [3] = CompletesAsync,
        [4] = CompletesAsync,
        [5] = ProducerFailsAsync,
        [6] = run => ConsumerFailsAsync(run, ConsumerFailure.FaultStream),
        [7] = ProducerFailsAsync,
        [8] = ConsumerReturnsAsync,
        [9] = ProducerIsLateAsync,
        [10] = DrainIsAbortedAsync,
        [11] = DrainIsAbortedAsync,
        [12] = CompletesAsync,
        [13] = CompletesAsync,
        [14] = CompletesAsync,
        [15] = RemoteLoggingScenarios.HasSettingOfAnotherProcessAsync,
        [16] = TokenCallbackThrowsAsync,
        [17] = EndingFailsAsync,
        [18] = run => ConsumerFailsAsync(run, ConsumerFailure.FaultStream, o => o.Retry = PolicyHost.AtOnce(3)),
        [19] = run => ConsumerFailsAsync(run, ConsumerFailure.Restart, o => o.Restart = PolicyHost.AtOnce(3)),
        [20] = ProducerRestartsAsync,
        [21] = run => ConsumerFailsAsync(run, ConsumerFailure.Skip),
        [22] = DeadLetterIsTakenAsync,
        [23] = run => ConsumerFailsAsync(run, ConsumerFailure.Detach),
        [24] = FailsAfterItsEndAsync,
        [25] = run => StallsAsync(run, recovers: false),
        [26] = run => StallsAsync(run, recovers: true),
        [27] = DisposalFailsAsync,
        [28] = IsControlledAsync,
        [29] = ListenerThrowsAsync,
        [40] = RemoteLoggingScenarios.LeadsAsync,
        [41] = RemoteLoggingScenarios.EndsElsewhereAsync,
        [42] = run => RemoteLoggingScenarios.CannotJoinAsync(run, isFinal: false),
        [43] = RemoteLoggingScenarios.CannotReadAsync,
        [44] = run => RemoteLoggingScenarios.CannotJoinAsync(run, isFinal: true),
        [45] = RemoteLoggingScenarios.StandsByAsync,
        [46] = RemoteLoggingScenarios.IsForgottenAsync,
        [47] = RemoteLoggingScenarios.HoldsUpTheStartAsync,
        [48] = RemoteLoggingScenarios.LosesValuesAsync,
        [49] = RemoteLoggingScenarios.IsAmissAsync,
        [50] = RemoteLoggingScenarios.IsOverdueAsync,
        [51] = RemoteLoggingScenarios.LosesItsSessionAsync,
        [52] = RemoteLoggingScenarios.IsBlockedAsync,
        [53] = RemoteLoggingScenarios.IsBlockedAsync,
        [54] = RemoteLoggingScenarios.FailsAfterItsFinishAsync,
        [55] = RemoteLoggingScenarios.GoesOnAsync,
        [60] = RemoteLoggingScenarios.CannotReportAsync,
    };

    private static Task CompletesAsync(LoggedRun run)
    {
        run.AddStream(configure: o => o.DrainTimeout = TimeSpan.FromHours(1)).AddFeed(3).AddConsumer("any", (_, _) => default);
        return run.RunAsync();
    }

    private static Task ProducerFailsAsync(LoggedRun run)
    {
        run.AddStream().AddConsumer("any", (_, _) => default).AddProducer("feed", async (stream, token) =>
        {
            await stream.PutAsync(1, token);
            throw new InvalidOperationException("The source is gone.");
        });
        return run.RunAsync();
    }

    /// <summary>The first try of the second value fails.</summary>
    private static Task ConsumerFailsAsync(LoggedRun run, ConsumerFailure policy, Action<ConsumerOptions>? configure = null)
    {
        var tries = 0;
        run.AddStream().AddFeed(3).AddConsumer("healthy", (_, _) => default).AddConsumer(
            "failing",
            (value, _) => value == 2 && ++tries == 1 ? throw new InvalidOperationException("no ink") : default,
            o =>
            {
                o.OnFailure = policy;
                configure?.Invoke(o);
            });
        return run.RunAsync();
    }

    private static Task ConsumerReturnsAsync(LoggedRun run)
    {
        run.AddStream().AddFeed(3).AddConsumer("healthy", (_, _) => default).AddStreamConsumer<ReturningLoop>();
        return run.RunAsync();
    }

    /// <summary>The producer returns only once the stream has been closed beneath it.</summary>
    private static async Task ProducerIsLateAsync(LoggedRun run)
    {
        var (told, closed) = (new Signal(), new Signal());
        run.AddStream(onFakeTime: true, o => o.DrainTimeout = s_drain)
            .AddProducer("late", async (_, token) =>
            {
                token.Register(told.Set);
                await closed.WaitAsync();
            })
            .AddStreamConsumer<EndSignallingLoop>();
        run.Builder.Services.AddSingleton(closed);
        await run.StartAsync();

        var stop = run.Host.StopAsync();
        await told.WaitAsync();
        run.Time.Advance(s_drain / 2);
        await stop.WithinAsync();
    }

    /// <summary>The consumer returns only after the host has stopped.</summary>
    private static async Task DrainIsAbortedAsync(LoggedRun run)
    {
        var (told, over) = (new Signal(), new Signal());
        run.AddStream(onFakeTime: true, o => o.DrainTimeout = s_drain)
            .AddProducer("feed", async (stream, token) =>
            {
                await stream.PutAsync(1, CancellationToken.None);
                token.Register(told.Set);
            })
            .AddConsumer("deaf", (_, _) => new ValueTask(over.WaitAsync()));
        await run.StartAsync();
        await run.Host.UntilConsumerAsync("deaf", consumer => consumer.Subscription is { HoldsValue: true });

        var stop = run.Host.StopAsync();
        await told.WaitAsync();
        await run.Time.AdvanceUntilAsync(stop).WithinAsync();
        over.Set();
    }

    private static async Task TokenCallbackThrowsAsync(LoggedRun run)
    {
        var running = new Signal();
        run.AddStream().AddConsumer("any", (_, _) => default).AddProducer("feed", async (_, token) =>
        {
            token.Register(() => throw new InvalidOperationException("The callback has failed."));
            running.Set();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        });
        await run.StartAsync();
        await running.WaitAsync();

        await run.Host.StopAsync().WithinAsync();
    }

    private static async Task EndingFailsAsync(LoggedRun run)
    {
        var clock = new FailingClock();
        run.Builder.Services.AddSingleton<TimeProvider>(clock);
        run.AddStream().AddFeed(3, staysOpen: true).AddConsumer("any", (_, _) => default);
        await run.StartAsync();
        await run.Host.UntilConsumerAsync("any", consumer => consumer.ValuesFinished == 3);

        clock.Fails = true;
        await Assert.ThrowsAnyAsync<Exception>(() => run.Host.StopAsync().WithinAsync());
    }

    /// <summary>A producer of ten values that fails after the third.</summary>
    private static Task ProducerRestartsAsync(LoggedRun run)
    {
        var next = 1;
        run.AddStream().AddConsumer("any", (_, _) => default).AddProducer(
            "feed",
            async (stream, token) =>
            {
                if (next == 4) next = 5;
                for (; next <= 10; next++)
                {
                    if (next == 4) throw new InvalidOperationException("The source is gone.");
                    await stream.PutAsync(next, token);
                }
            },
            o => (o.OnFailure, o.Restart) = (ProducerFailure.Restart, PolicyHost.AtOnce(3)));
        return run.RunAsync();
    }

    private static Task DeadLetterIsTakenAsync(LoggedRun run)
    {
        run.AddStream().AddFeed(3).AddDeadLetterHandler<TakingLetters>()
            .AddConsumer("failing", (_, _) => throw new InvalidOperationException("no ink"), o => o.OnFailure = ConsumerFailure.Skip);
        return run.RunAsync();
    }

    private static async Task FailsAfterItsEndAsync(LoggedRun run)
    {
        var released = new Signal();
        run.AddStream().AddFeed(1, staysOpen: true).AddConsumer("healthy", (_, _) => default).AddConsumer("late", async (_, _) =>
        {
            await released.WaitAsync();
            throw new InvalidOperationException("no ink");
        });
        await run.StartAsync();
        await run.Host.UntilConsumerAsync("late", consumer => consumer.Subscription is { HoldsValue: true });

        run.Host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("Int32", "late");
        released.Set();
        await run.Host.TheStream().FindConsumer("late")!.Run.WithinAsync();
        await run.Host.StopAsync().WithinAsync();
    }

    private static async Task StallsAsync(LoggedRun run, bool recovers)
    {
        var released = new Signal();
        run.AddStream(onFakeTime: true).AddFeed(1, staysOpen: true)
            .AddConsumer("slow", (_, _) => new ValueTask(released.WaitAsync()), o => o.StallAfter = TimeSpan.FromSeconds(10));
        await run.StartAsync();
        await run.Host.UntilConsumerAsync("slow", consumer => consumer.Subscription is { HoldsValue: true });

        while (!run.Host.Consumer("slow").IsStalled)
        {
            run.Time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        if (!recovers) await run.ReachedAsync();
        released.Set();
        if (recovers) await run.AdvanceUntilReachedAsync(TimeSpan.FromSeconds(10));
        await run.Host.StopAsync().WithinAsync();
    }

    private static Task DisposalFailsAsync(LoggedRun run)
    {
        run.AddStream().AddFeed(1).AddConsumer<FailingTwice>(o => o.OnFailure = ConsumerFailure.Skip);
        return run.RunAsync();
    }

    private static async Task IsControlledAsync(LoggedRun run)
    {
        run.AddStream().AddFeed(1, staysOpen: true).AddConsumer("any", (_, _) => default).AddConsumer("other", (_, _) => default);
        await run.StartAsync();
        await run.Host.UntilAsync(status => status.Consumers.All(consumer => consumer.ValuesFinished == 1));
        var control = run.Host.Services.GetRequiredService<IStreamxControl>();

        Assert.True(control.DetachConsumer("Int32", "any"));
        await run.Host.TheStream().FindConsumer("any")!.Run.WithinAsync();
        Assert.True(control.AttachConsumer("Int32", "any"));
        await run.Host.StopAsync().WithinAsync();
    }

    private static async Task ListenerThrowsAsync(LoggedRun run)
    {
        run.AddStream().AddFeed(3).AddConsumer("any", (_, _) => default);
        var scope = run.Host.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == scope) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => throw new NotSupportedException());
        listener.Start();
        await run.RunAsync();
    }

    internal sealed class ReturningLoop : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var _ in stream) break;
        }
    }

    internal sealed class EndSignallingLoop(Signal closed) : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var _ in stream)
            {
            }


            closed.Set();
        }
    }

    internal sealed class TakingLetters : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken) => default;
    }

    /// <summary>Fails, and so does its disposal.</summary>
    internal sealed class FailingTwice : IConsumer<int>, IAsyncDisposable
    {
        public ValueTask ConsumeAsync(int value, CancellationToken abortToken) => throw new InvalidOperationException("no ink");

        public ValueTask DisposeAsync() => throw new InvalidOperationException("The printer is jammed.");
    }

    private sealed class FailingClock : TimeProvider
    {
        private volatile bool _fails;

        public bool Fails
        {
            set => _fails = value;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _fails ? throw new InvalidOperationException("No timers are left.") : base.CreateTimer(callback, state, dueTime, period);
    }
}
