using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Tests;

public abstract class FailureTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : FailureTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : FailureTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task ConsumerThrows_HostStops_OthersGetWhatWasAcceptedFirst()
    {
        var accepted = new Signal();
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        var streamx = builder.Services.AddStreamx<int>(o => o.Window = 8);
        streamx.AddConsumer("healthy", async (value, _) =>
        {
            await accepted.WaitAsync();
            seen.Add("healthy", value);
        });
        streamx.AddConsumer("failing", async (value, _) =>
        {
            await accepted.WaitAsync();
            if (value == 2) throw new InvalidOperationException("no ink");
        });
        streamx.AddProducer("feed", async (stream, token) =>
        {
            for (var i = 1; i <= 5; i++) await stream.PutAsync(i, token);
            accepted.Set();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        });
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal([1, 2, 3, 4, 5], seen["healthy"]);
        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Equal((1, 1, 3), (report.Consumer("failing").Finished, report.Consumer("failing").Aborted, report.Consumer("failing").Undelivered));
        Assert.Contains("Consumer failing of stream Int32 failed. In hand: the value at position 1.", host.Log(LogLevel.Error));
        Assert.Contains("Stream Int32 has failed with InvalidOperationException. The host stops with exit code 1.", host.Log(LogLevel.Critical));
    }

    [Fact]
    public async Task ProducerThrows_HostStops_ConsumersGetWhatWasAccepted()
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>(o => o.Window = 8)
            .AddConsumer<NotingConsumer>()
            .AddStreamConsumer<NotingLoop>()
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; i <= 5; i++) await stream.PutAsync(i, token);
                throw new InvalidOperationException("source gone");
            });
        using var host = builder.Build();
        var stream = host.Services.GetRequiredService<AsyncStream<int>>();

        await host.RunToReportAsync();

        Assert.Equal([1, 2, 3, 4, 5], seen[nameof(NotingConsumer)]);
        Assert.Equal([1, 2, 3, 4, 5], seen[nameof(NotingLoop)]);
        var fault = await Assert.ThrowsAsync<StreamFaultedException>(() => stream.Completion.WithinAsync());
        Assert.Equal("source gone", Assert.IsType<InvalidOperationException>(fault.InnerException).Message);
        Assert.Equal(["Producer feed of stream Int32 failed."], host.Log(LogLevel.Error));
    }

    [Fact]
    public async Task LoopThrows_StreamFaults()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddProducer<HundredProducer>().AddStreamConsumer<ThrowingLoop>();
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Equal(1, report.Consumer(nameof(ThrowingLoop)).Aborted);
    }

    [Fact]
    public async Task HandlerCannotBeBuiltOnceItRuns_StreamFaultsNamingTheConsumer()
    {
        var builder = CreateBuilder();
        builder.Services.AddScoped<Seen<int>>(_ => throw new TimeoutException("no connection"));
        builder.Services.AddStreamx<int>().AddProducer<HundredProducer>().AddConsumer<NotingConsumer>();
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Contains("Consumer NotingConsumer of stream Int32 failed. In hand: the value at position 0.", host.Log(LogLevel.Error));
    }

    [Fact]
    public async Task ConsumerThrowsACancellationOfItsOwn_IsAFailure()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddProducer<HundredProducer>().AddConsumer("timeout", (_, _) => throw new TaskCanceledException("the request timed out"));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
    }

    [Fact]
    public async Task ProducerThrowsACancellationOfItsOwn_IsAFailure()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddProducer("feed", (_, _) => throw new TaskCanceledException("the request timed out")).AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
    }

    [Fact]
    public async Task ConsumerThrowsDuringTheDrain_StreamFaults()
    {
        var holding = new Signal();
        var release = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddProducer<HundredProducer>().AddConsumer("failing", async (_, _) =>
        {
            holding.Set();
            await release.WaitAsync();
            throw new InvalidOperationException("no ink");
        });
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();
        var stop = host.StopAsync();
        release.Set();
        await stop.WithinAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single((await host.ReportAsync()).Streams).Outcome);
    }

    [Fact]
    public async Task InjectedStreamIsFaulted_HostStopsAlthoughNothingIsDrained()
    {
        var holding = new Signal();
        var release = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddProducer<HundredProducer>().AddConsumer("holding", async (_, _) =>
        {
            holding.Set();
            await release.WaitAsync();
        });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();
        var stopRequested = host.StopRequestedAsync();

        host.Services.GetRequiredService<AsyncStream<int>>().TryFault(new InvalidOperationException("by hand"));

        await stopRequested;
        release.Set();
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task OneStreamFaults_TheOthersDrain()
    {
        var taken = new Signal();
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("bad").AddConsumer("any", (_, _) => default)
            .AddProducer("feed", async (_, token) =>
            {
                await taken.WaitAsync(token);
                throw new InvalidOperationException("source gone");
            });
        builder.Services.AddStreamx<int>("good", o => o.Window = 4)
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; i <= 4; i++) await stream.PutAsync(i, token);
                taken.Set();
            })
            .AddConsumer("any", async (value, _) =>
            {
                await taken.WaitAsync();
                seen.Add("good", value);
            });
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(InOrder(ShutdownOutcome.Faulted, ShutdownOutcome.Drained), report.Streams.Select(stream => stream.Outcome));
        Assert.Equal([1, 2, 3, 4], seen["good"]);
    }

    [Fact]
    public async Task LoopReturnsEarly_LeavesWithAWarning_OthersGoOn()
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddProducer<HundredProducer>().AddStreamConsumer<EarlyLoop>().AddConsumer<NotingConsumer>();
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(Enumerable.Range(1, 100), seen[nameof(NotingConsumer)]);
        Assert.Equal(["Consumer EarlyLoop of stream Int32 returned before the end of the stream and has left it. In hand: the value at position 2."], host.Log(LogLevel.Warning));
        Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
        Assert.Equal((2, 1), (report.Consumer(nameof(EarlyLoop)).Finished, report.Consumer(nameof(EarlyLoop)).Aborted));
    }

    [Fact]
    public async Task LastConsumersReturnEarly_StreamFaultsNamingTheLast()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>()
            .AddProducer<HundredProducer>()
            .AddStreamConsumer<EarlyLoop>("one")
            .AddStreamConsumer<EarlyLoop>("two")
            .AddConsumer("newest", (_, _) => default, o => o.Mode = SubscriptionMode.Latest);
        using var host = builder.Build();
        var stream = host.Services.GetRequiredService<AsyncStream<int>>();

        var report = await host.RunToReportAsync();

        var fault = await Assert.ThrowsAsync<StreamFaultedException>(() => stream.Completion.WithinAsync());
        Assert.Matches("^No consumer of stream 'Int32' remains: '(one|two)', the last one, returned before the end.$", fault.InnerException!.Message);
        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
    }

    [Fact]
    public async Task LoopFailsAfterTheLastValue_IsAFailureAllTheSame()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddProducer<HundredProducer>().AddStreamConsumer<FailingCommitLoop>();
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Equal(100, report.Consumer(nameof(FailingCommitLoop)).Finished);
        Assert.Equal(["Consumer FailingCommitLoop of stream Int32 failed. In hand: no value."], host.Log(LogLevel.Error));
        Assert.Equal(["Stream Int32 has failed with InvalidOperationException. The host stops with exit code 1."], host.Log(LogLevel.Critical));
    }

    [Fact]
    public async Task MessageOfTheErrorThrows_HostStopsAllTheSame()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddProducer<HundredProducer>().AddConsumer("failing", (_, _) => throw new MutedException());
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
    }

    [Fact]
    public async Task FaultDuringTheStart_HostStartsFirst_OthersGetWhatWasAccepted()
    {
        var seen = new Seen<int>();
        var accepted = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>(o => o.Window = 4)
            .AddConsumer<NotingConsumer>()
            .AddConsumer("failing", async (_, _) =>
            {
                await accepted.WaitAsync();
                throw new InvalidOperationException("no ink");
            });
        builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            OnStart = async _ =>
            {
                var stream = provider.GetRequiredService<AsyncStream<int>>();
                for (var i = 1; i <= 3; i++) await stream.PutAsync(i, CancellationToken.None);
                accepted.Set();
                // Consumers run once the streams have had their turn to start.
                if (Order == RegistrationOrder.AsWritten) await Until.TrueAsync(() => stream.State == StreamState.Faulted);
            },
        });
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal([1, 2, 3], seen[nameof(NotingConsumer)]);
        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
    }

    internal sealed class MutedException : Exception
    {
        public override string Message => throw new NotSupportedException("no message");
    }

    internal sealed class FailingCommitLoop : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var _ in stream)
            {
            }

            throw new InvalidOperationException("the commit failed");
        }
    }

    internal sealed class ThrowingLoop : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var value in stream)
                if (value == 3) throw new InvalidOperationException("no ink");
        }
    }

    internal sealed class EarlyLoop : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var value in stream)
                if (value == 3) break;
        }
    }
}
