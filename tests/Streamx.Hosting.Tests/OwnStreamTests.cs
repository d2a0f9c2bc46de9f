using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Tests;

public abstract class OwnStreamTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : OwnStreamTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : OwnStreamTests(RegistrationOrder.Reversed);

    public static TheoryData<Kind, Operation, int> Everything
    {
        get
        {
            var data = new TheoryData<Kind, Operation, int>();
            foreach (var kind in Enum.GetValues<Kind>())
            {
                foreach (var operation in Enum.GetValues<Operation>())
                {
                    data.Add(kind, operation, 1);
                    data.Add(kind, operation, 16);
                }
            }

            return data;
        }
    }

    public enum Kind { Delegate, Handler, KeptHandler, Batch, Loop, RestartingLoop, Awaited, Latest }

    public enum Operation { Put, PutMany, TryPut, Flush }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task FromInsideTheConsumer_IsRefusedAtOnce_FromOutsideItIsNot(Kind kind, Operation operation, int window)
    {
        var refused = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        IStreamWriter<int>? writer = null;
        var attempt = new Attempting(() =>
        {
            // Without awaiting: it must not even begin to wait.
            refused.TrySetResult(Record.Exception(() => { _ = Begin(writer!, operation, 2); }));
            return Task.CompletedTask;
        });
        var builder = CreateBuilder();
        builder.Services.AddSingleton(attempt);
        Add(builder.Services.AddStreamx<int>("orders", o => { o.Window = window; o.WhenNoSubscribers = NoSubscribers.Discard; }), kind, attempt);
        using var host = builder.Build();
        writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("orders");

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        var error = await refused.Task.WithinAsync();
        // The next value, from outside, is taken all the same.
        await writer.PutAsync(3).WithinAsync();
        await writer.FlushAsync().WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.StartsWith("Consumer 'c' of stream 'orders' puts into its own stream", Assert.IsType<InvalidOperationException>(error).Message, StringComparison.Ordinal);
        var stream = Assert.Single((await host.ReportAsync()).Streams);
        Assert.Equal((ShutdownOutcome.Drained, 2), (stream.Outcome, stream.ValuesAccepted));
    }

    [Fact]
    public async Task ThroughAWriterKeyedInAnotherCase_IsRefused()
    {
        var refused = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        IStreamWriter<int>? writer = null;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders").AddConsumer("c", (_, _) =>
        {
            refused.TrySetResult(Record.Exception(() => { _ = writer!.PutAsync(2).AsTask(); }));
            return default;
        });
        builder.Services.AddStreamx<int>("ORDERS");
        using var host = builder.Build();
        writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("ORDERS");

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();

        Assert.IsType<InvalidOperationException>(await refused.Task.WithinAsync());
        await host.StopAsync().WithinAsync();
    }

    [Theory]
    [InlineData(Operation.Put)]
    [InlineData(Operation.TryPut)]
    [InlineData(Operation.Flush)]
    public async Task ThroughTheWriterOfAProducer_IsRefused(Operation operation)
    {
        var refused = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        IStreamWriter<int>? writer = null;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => { o.Window = 4; o.StopHostWhenCompleted = true; })
            .AddProducer("feed", async (stream, token) =>
            {
                writer = stream;
                await stream.PutAsync(1, token);
                await refused.Task.WaitAsync(token);
                await stream.FlushAsync(token);
            })
            .AddConsumer("c", (_, _) =>
            {
                refused.TrySetResult(Record.Exception(() => { _ = Begin(writer!, operation, 2); }));
                return default;
            });
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.IsType<InvalidOperationException>(await refused.Task.WithinAsync());
        Assert.Equal((1, 1), (Assert.Single(report.Streams).ValuesAccepted, report.Consumer("c").Finished));
    }

    [Theory]
    [InlineData(Kind.Handler)]
    [InlineData(Kind.Batch)]
    [InlineData(Kind.Loop)]
    public async Task IntoAnotherStream_IsAllowed(Kind kind)
    {
        var seen = new Seen<int>();
        IStreamWriter<int>? other = null;
        var tried = false;
        var attempt = new Attempting(async () =>
        {
            await other!.PutAsync(1);
            await other.FlushAsync();
            tried = other.TryPut(2);
            await other.FlushAsync();
        });
        var builder = CreateBuilder();
        builder.Services.AddSingleton(attempt);
        Add(builder.Services.AddStreamx<int>("orders"), kind, attempt);
        builder.Services.AddStreamx<int>("other").AddConsumer("last", seen.By("last"));
        using var host = builder.Build();
        other = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("other");
        var writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("orders");

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(7).WithinAsync();
        await writer.FlushAsync().WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.True(tried);
        Assert.Equal([1, 2], seen["last"]);
        Assert.All((await host.ReportAsync()).Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
    }

    [Theory]
    [InlineData(Kind.Delegate)]
    [InlineData(Kind.Handler)]
    [InlineData(Kind.Batch)]
    public async Task AfterTheHandlerHasSettled_WhatItStartedMayPut(Kind kind)
    {
        var settled = new Signal();
        var background = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        IStreamWriter<int>? writer = null;
        var attempt = new Attempting(() =>
        {
            // Only what the first value has started counts.
            background.TrySetResult(PutLaterAsync());
            return Task.CompletedTask;
        });
        var builder = CreateBuilder();
        builder.Services.AddSingleton(attempt);
        Add(builder.Services.AddStreamx<int>("orders", o => o.Window = 2), kind, attempt);
        using var host = builder.Build();
        writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("orders");

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await writer.FlushAsync().WithinAsync();
        settled.Set();
        await (await background.Task.WithinAsync()).WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal((2, 0), ((await host.ReportAsync()).Consumer("c").Finished, (await host.ReportAsync()).Consumer("c").Aborted));

        async Task PutLaterAsync()
        {
            await settled.WaitAsync();
            await writer!.PutAsync(2);
        }
    }

    [Fact]
    public async Task WhatTheHandlerStarted_WhileTheHandlerRuns_IsRefused()
    {
        var refused = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        IStreamWriter<int>? writer = null;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddConsumer("c", async (_, _) =>
        {
            _ = Task.Run(async () => refused.TrySetResult(await Record.ExceptionAsync(() => writer!.PutAsync(2).AsTask())));
            await refused.Task;
        });
        using var host = builder.Build();
        writer = host.Services.GetRequiredService<IStreamWriter<int>>();

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();

        Assert.IsType<InvalidOperationException>(await refused.Task.WithinAsync());
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task ThroughAnInjectedStream_IsNotGuarded()
    {
        var tried = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        AsyncStream<int>? stream = null;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.Window = 2).AddConsumer("c", (value, _) =>
        {
            if (value == 1) tried.TrySetResult(stream!.TryPut(2));
            return default;
        });
        using var host = builder.Build();
        stream = host.Services.GetRequiredService<AsyncStream<int>>();

        await host.StartAsync().WithinAsync();
        await stream.PutAsync(1).WithinAsync();

        Assert.True(await tried.Task.WithinAsync());
        await host.StopAsync().WithinAsync();
        Assert.Equal(2, (await host.ReportAsync()).Consumer("c").Finished);
    }

    [Fact]
    public async Task NotCaught_StreamFaultsWithIt()
    {
        IStreamWriter<int>? writer = null;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddConsumer("c", async (_, token) => await writer!.PutAsync(2, token));
        using var host = builder.Build();
        writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        var stopRequested = host.StopRequestedAsync();

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await stopRequested;
        await host.StopAsync().WithinAsync();

        var stream = Assert.Single((await host.ReportAsync()).Streams);
        Assert.Equal((ShutdownOutcome.Faulted, 1), (stream.Outcome, stream.ValuesAccepted));
        Assert.Equal(["Consumer c of stream Int32 failed. In hand: the value at position 0."], host.Log(LogLevel.Error));
    }

    [Fact]
    public async Task TwoConsumersOfOneStream_EachIsNamedItself()
    {
        var refused = new Seen<string>();
        IStreamWriter<int>? writer = null;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddConsumer("one", (_, _) => Attempt("one")).AddConsumer("two", (_, _) => Attempt("two"));
        using var host = builder.Build();
        writer = host.Services.GetRequiredService<IStreamWriter<int>>();

        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await writer.FlushAsync().WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.StartsWith("Consumer 'one'", Assert.Single(refused["one"]), StringComparison.Ordinal);
        Assert.StartsWith("Consumer 'two'", Assert.Single(refused["two"]), StringComparison.Ordinal);

        ValueTask Attempt(string consumer)
        {
            refused.Add(consumer, Assert.Throws<InvalidOperationException>(() => { writer!.TryPut(2); }).Message);
            return default;
        }
    }

    private static Task Begin(IStreamWriter<int> writer, Operation operation, int value) => operation switch
    {
        Operation.Put => writer.PutAsync(value).AsTask(),
        Operation.PutMany => writer.PutManyAsync(new[] { value }).AsTask(),
        Operation.TryPut => Task.FromResult(writer.TryPut(value)),
        _ => writer.FlushAsync().AsTask(),
    };

    private static void Add(IStreamxBuilder<int> builder, Kind kind, Attempting attempt) => _ = kind switch
    {
        Kind.Delegate => builder.AddConsumer("c", async (_, _) => await attempt.RunAsync()),
        Kind.Handler => builder.AddConsumer<Handler>("c"),
        Kind.KeptHandler => builder.AddConsumer<Handler>("c", o => o.ScopePerValue = false),
        Kind.Batch => builder.AddBatchConsumer<Batches>("c"),
        Kind.Loop => builder.AddStreamConsumer<Loop>("c"),
        Kind.RestartingLoop => builder.AddStreamConsumer<Loop>("c", o => o.OnFailure = ConsumerFailure.Restart),
        Kind.Latest => builder.AddConsumer<Handler>("c", o => o.Mode = SubscriptionMode.Latest),
        _ => builder.AddConsumer("c", async (_, _) => await Task.Run(async () =>
        {
            await Task.Yield();
            await attempt.RunAsync();
        })),
    };

    /// <summary>What a consumer does with each value.</summary>
    internal sealed class Attempting(Func<Task> run)
    {
        public Task RunAsync() => run();
    }

    internal sealed class Handler(Attempting attempt) : IConsumer<int>
    {
        public async ValueTask ConsumeAsync(int value, CancellationToken abortToken) => await attempt.RunAsync();
    }

    internal sealed class Batches(Attempting attempt) : IBatchConsumer<int>
    {
        public async ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => await attempt.RunAsync();
    }

    internal sealed class Loop(Attempting attempt) : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var _ in stream) await attempt.RunAsync();
        }
    }
}
