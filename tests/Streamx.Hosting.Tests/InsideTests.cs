namespace Streamx.Hosting.Tests;

/// <summary>What workers ask of the host that runs them.</summary>
public abstract class InsideTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : InsideTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : InsideTests(RegistrationOrder.Reversed);

    /// <summary>The worker that asks, and the stream it asks to drain.</summary>
    public static TheoryData<string, string> Drains => new()
    {
        { "feed", "a" }, { "feed", "b" }, { "stage", "a" }, { "stage", "b" }, { "last", "a" }, { "last", "b" }, { "loop", "b" },
    };

    public static TheoryData<string> Workers => ["feed", "stage", "last", "loop"];

    [Theory]
    [MemberData(nameof(Drains))]
    public async Task Drain_FromAWorkerItWouldWaitFor_IsRefusedAtOnce(string worker, string stream)
    {
        var refused = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = Build(worker, async services =>
        {
            try
            {
                await services.GetRequiredService<IStreamxControl>().DrainAsync(stream).WithinAsync();
                refused.TrySetException(new InvalidOperationException("It was not refused."));
            }
            catch (InvalidOperationException error)
            {
                refused.TrySetResult(error);
            }
        });
        await host.StartAsync().WithinAsync();

        var error = await refused.Task.WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Contains($"'{worker}'", error.Message, StringComparison.Ordinal);
        Assert.Contains($"drains stream '{stream}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, host.Status(stream).ControlActions);
        host.AssertEndedWell(await host.ReportAsync());
    }

    [Theory]
    [MemberData(nameof(Workers))]
    public async Task StopApplication_FromAnyWorker_EndsWell(string worker)
    {
        using var host = Build(worker, services =>
        {
            services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
            return Task.CompletedTask;
        });

        await host.StartAsync().WithinAsync();
        await host.WaitForShutdownAsync().WithinAsync();

        host.AssertEndedWell(await host.ReportAsync());
    }

    [Theory]
    [MemberData(nameof(Workers))]
    public async Task StopAsync_AwaitedByAWorker_IsRefusedAtOnce(string worker)
    {
        var refused = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = Build(worker, async services =>
        {
            try
            {
                await services.GetRequiredService<IHost>().StopAsync().WithinAsync();
                refused.TrySetException(new InvalidOperationException("It was not refused."));
            }
            catch (InvalidOperationException error)
            {
                refused.TrySetResult(error);
            }
        });
        await host.StartAsync().WithinAsync();

        var error = await refused.Task.WithinAsync();
        // The refused stop has asked the application to stop, as every stop does.
        await host.WaitForShutdownAsync().WithinAsync();

        Assert.Contains($"'{worker}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("StopApplication", error.Message, StringComparison.Ordinal);
        host.AssertEndedWell(await host.ReportAsync());
    }

    [Theory]
    [InlineData("feed")]
    [InlineData("last")]
    public async Task StopAsync_OfAnotherHostThatAWorkerRuns_DrainsIt(string worker)
    {
        var stopped = new TaskCompletionSource<ShutdownReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = Build(worker, async _ =>
        {
            var builder = CreateBuilder();
            builder.Services.AddStreamx<int>("child").AddConsumer("one", (_, _) => default);
            using var child = builder.Build();
            await child.StartAsync();
            await child.Services.GetRequiredService<IStreamWriter<int>>().PutAsync(1);
            await child.StopAsync();
            stopped.TrySetResult(await child.ReportAsync());
        });
        await host.StartAsync().WithinAsync();

        var report = await stopped.Task.WithinAsync();
        await host.StopAsync().WithinAsync();

        host.AssertEndedWell(report);
        Assert.Equal(1, report.Streams.Single().Consumers.Single().Finished);
    }

    /// <summary>A pipeline of two streams in which one worker does something at its first value.</summary>
    private IHost Build(string worker, Func<IServiceProvider, Task> act)
    {
        IServiceProvider? services = null;
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Func<string, Task>>(name => name == worker ? act(services!) : Task.CompletedTask);
        builder.Services.AddStreamx<int>("a")
            .AddProducer("feed", async (output, token) =>
            {
                await ActAsync("feed");
                await output.PutAsync(1, token);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            })
            .AddStage<int, long>("stage", async (value, output, token) =>
            {
                await ActAsync("stage");
                await output.PutAsync(value, token);
            });
        builder.Services.AddStreamx<long>("b").AddConsumer("last", (_, _) => new ValueTask(ActAsync("last"))).AddStreamConsumer<ActingLoop>("loop");
        var host = builder.Build();
        services = host.Services;
        return host;

        Task ActAsync(string name) => services!.GetRequiredService<Func<string, Task>>()(name);
    }

    internal sealed class ActingLoop(Func<string, Task> act) : IStreamConsumer<long>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<long> stream, CancellationToken abortToken)
        {
            await foreach (var _ in stream) await act("loop");
        }
    }
}
