using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Testing;

namespace Streamx.Hosting.Tests;

public abstract class StartTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : StartTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : StartTests(RegistrationOrder.Reversed);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_WhateverTheOrderOfRegistration_ConsumersSeeTheFirstValue(bool producerFirst)
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Seen<int>>();
        var streamx = builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true);
        if (producerFirst) streamx.AddProducer<HundredProducer>();
        streamx.AddConsumer<NotingConsumer>().AddStreamConsumer<NotingLoop>();
        if (!producerFirst) streamx.AddProducer<HundredProducer>();
        using var host = builder.Build();

        await host.RunToReportAsync();

        var seen = host.Services.GetRequiredService<Seen<int>>();
        Assert.Equal(Enumerable.Range(1, 100), seen[nameof(NotingConsumer)]);
        Assert.Equal(Enumerable.Range(1, 100), seen[nameof(NotingLoop)]);
    }

    [Theory]
    [InlineData(NoSubscribers.Wait)]
    [InlineData(NoSubscribers.Discard)]
    [InlineData(NoSubscribers.Throw)]
    public async Task Start_AnotherServicePutsWhileItStarts_EveryConsumerSeesTheValue(NoSubscribers policy)
    {
        var builder = CreateBuilder();
        var seen = new Seen<int>();
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>(o => { o.WhenNoSubscribers = policy; o.Window = 2; }).AddConsumer<NotingConsumer>().AddStreamConsumer<NotingLoop>();
        builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            OnStart = token => provider.GetRequiredService<IStreamWriter<int>>().PutAsync(-1, token).AsTask(),
        });
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal([-1], seen[nameof(NotingConsumer)]);
        Assert.Equal([-1], seen[nameof(NotingLoop)]);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Start_AnotherServiceAwaitsTwoPutsAndAFlush_DoesNotHang(bool whileStarting, bool concurrently)
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.Configure<HostOptions>(o => o.ServicesStartConcurrently = concurrently);
        builder.Services.AddSingleton<IHostedService>(provider => new PuttingService(provider.GetRequiredService<IStreamWriter<int>>(), whileStarting));
        builder.Services.AddStreamx<int>().AddConsumer("any", seen.By("any"));
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        var handled = seen["any"].ToList();
        await host.StopAsync().WithinAsync();

        Assert.Equal([1, 2], handled);
    }

    [Fact]
    public async Task Put_BeforeTheHostStarts_ThrowsAndSaysSo()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddConsumer("any", (_, _) => default);
        using var host = builder.Build();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        var stream = host.Services.GetRequiredService<AsyncStream<int>>();

        AssertRefused(() => writer.PutAsync(1));
        AssertRefused(() => writer.FlushAsync());
        AssertRefused(() => stream.PutAsync(1));
        AssertRefused(() => new ValueTask(Task.FromResult(writer.TryPut(1))));
        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal(1, (await host.ReportAsync()).Consumer("any").Finished);
    }

    [Fact]
    public async Task Put_HostedServicesRemoved_ThrowsAndSaysSo()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddConsumer("any", (_, _) => default);
        builder.Services.RemoveAll<IHostedService>();
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();

        AssertRefused(() => host.Services.GetRequiredService<IStreamWriter<int>>().PutAsync(1));
    }

    [Fact]
    public async Task Start_Refused_NothingIsReportedAsEnded()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders").AddProducer("feed", (_, _) => Task.CompletedTask);
        var host = builder.Build();
        var log = host.Services.GetRequiredService<FakeLogCollector>();
        var shutdown = host.Services.GetRequiredService<IStreamxShutdown>();

        await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());
        await ((IAsyncDisposable)host).DisposeAsync().WithinAsync();

        Assert.DoesNotContain(log.GetSnapshot(), record => record.Message.Contains(" ended: ", StringComparison.Ordinal));
        await Assert.ThrowsAsync<InvalidOperationException>(() => shutdown.Report.WithinAsync());
    }

    [Fact]
    public async Task Start_OtherServicesAreStillStarting_ProducersWait()
    {
        var serviceStarted = new Signal();
        var producedTooEarly = false;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true)
            .AddConsumer("any", (_, _) => default)
            .AddProducer("feed", (_, _) =>
            {
                producedTooEarly = !serviceStarted.IsSet;
                return Task.CompletedTask;
            });
        builder.Services.AddSingleton<IHostedService>(new HookService
        {
            OnStart = async _ =>
            {
                await Task.Yield();
                serviceStarted.Set();
            },
        });
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.False(producedTooEarly);
    }

    [Fact]
    public async Task Start_WithinAnActivity_WorkersDoNotInheritIt()
    {
        var fromStarter = new AsyncLocal<string?>();
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true)
            .AddProducer("feed", async (stream, token) =>
            {
                seen.Add("feed", $"{Activity.Current?.OperationName}{fromStarter.Value}");
                fromStarter.Value = "producer";
                await stream.PutAsync(1, token);
            })
            .AddConsumer("any", (_, _) =>
            {
                seen.Add("any", $"{Activity.Current?.OperationName}{fromStarter.Value}");
                return default;
            });
        using var host = builder.Build();
        fromStarter.Value = "starter";
        using var activity = new Activity("startup").Start();

        await host.RunToReportAsync();

        Assert.Equal([""], seen["feed"]);
        Assert.Equal([""], seen["any"]);
    }

    [Fact]
    public async Task Start_ProducerBlocksItsThread_HostStartsAllTheSame()
    {
        using var release = new ManualResetEventSlim();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>()
            .AddConsumer("any", (_, _) => default)
            .AddProducer("blocking", (_, token) =>
            {
                release.Wait(token);
                return Task.CompletedTask;
            });
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();

        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Start_AnotherServiceFails_DisposingTheHostReleasesTheConsumers()
    {
        var looping = new Signal();
        var left = new Signal();
        var producerRan = false;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>()
            .AddStreamConsumer<EndNotingLoop>()
            .AddProducer("feed", (_, _) =>
            {
                producerRan = true;
                return Task.CompletedTask;
            });
        builder.Services.AddKeyedSingleton("looping", looping).AddKeyedSingleton("left", left);
        builder.Services.AddSingleton<IHostedService>(new HookService
        {
            OnStart = async _ =>
            {
                await looping.WaitAsync();
                throw new InvalidOperationException("no database");
            },
        });
        var host = builder.Build();

        var log = host.Services.GetRequiredService<FakeLogCollector>();

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync().WithinAsync());
        await ((IAsyncDisposable)host).DisposeAsync().WithinAsync();

        await left.WaitAsync();
        Assert.DoesNotContain(log.GetSnapshot(), record => record.Message.Contains(" ended: ", StringComparison.Ordinal));
        Assert.False(producerRan);
    }

    [Fact]
    public async Task Stop_WhileTheHostStarts_WhatWasAcceptedIsFinished_ProducersNeverRun()
    {
        var seen = new Seen<int>();
        var producerRan = false;
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>(o => o.Window = 2).AddConsumer<NotingConsumer>().AddStreamConsumer<NotingLoop>().AddProducer("feed", (_, _) =>
        {
            producerRan = true;
            return Task.CompletedTask;
        });
        builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            OnStart = async token =>
            {
                await provider.GetRequiredService<IStreamWriter<int>>().PutAsync(1, token);
                provider.GetRequiredService<IHostApplicationLifetime>().StopApplication();
                token.ThrowIfCancellationRequested();
            },
        });
        using var host = builder.Build();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.StartAsync().WithinAsync());
        await host.StopAsync().WithinAsync();

        Assert.Equal([1], seen[nameof(NotingConsumer)]);
        Assert.Equal([1], seen[nameof(NotingLoop)]);
        host.AssertEndedWell(await host.ReportAsync());
        Assert.False(producerRan);
    }

    private static void AssertRefused(Func<ValueTask> put) =>
        Assert.Contains("its host has not been started", Assert.Throws<InvalidOperationException>(() => { _ = put(); }).Message, StringComparison.Ordinal);

    private sealed class PuttingService(IStreamWriter<int> writer, bool whileStarting) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => whileStarting ? PutAsync(cancellationToken) : Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => whileStarting ? Task.CompletedTask : PutAsync(cancellationToken);

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        private async Task PutAsync(CancellationToken cancellationToken)
        {
            await writer.PutAsync(1, cancellationToken);
            await writer.PutAsync(2, cancellationToken);
            await writer.FlushAsync(cancellationToken);
        }
    }

    internal sealed class EndNotingLoop([FromKeyedServices("looping")] Signal looping, [FromKeyedServices("left")] Signal left) : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            looping.Set();
            try
            {
                await foreach (var _ in stream)
                {
                }
            }
            finally
            {
                // Also when it is aborted before it has come to read.
                left.Set();
            }
        }
    }
}
