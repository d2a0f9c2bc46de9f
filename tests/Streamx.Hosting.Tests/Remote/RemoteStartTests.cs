using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Streamx.Hosting.Tests.Simulation;
using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>The start of a host whose stream goes between processes.</summary>
public abstract class RemoteStartTests(RegistrationOrder order) : HostTests(order)
{
    [Collection(SimulationCollection.Name)]
    public sealed class AsWritten() : RemoteStartTests(RegistrationOrder.AsWritten);

    [Collection(SimulationCollection.Name)]
    public sealed class Reversed() : RemoteStartTests(RegistrationOrder.Reversed);

    private readonly SimulatedClock _clock = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_ServiceAwaitsWhatWaitsForItself_IsLoggedWithinSecondsAndNamesTheStream(bool flushes)
    {
        var store = new InMemoryStore(_clock);
        using var cancel = new CancellationTokenSource();
        var builder = CreateBuilder().On(_clock);
        builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            OnStart = async token =>
            {
                var writer = provider.GetRequiredService<IStreamWriter<int>>();
                await writer.PutAsync(1, token);
                await (flushes ? writer.FlushAsync(token) : writer.PutAsync(2, token));
            },
        });
        builder.Services.AddStreamx<int>("numbers").UseInMemory(store.CreateProcess()).AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        await Task.Yield();
        var starting = host.StartAsync(cancel.Token);
        await _clock.UntilAsync(() => host.Log(LogLevel.Warning).Any());
        var (warning, waited) = (Assert.Single(host.Log(LogLevel.Warning)), _clock.Elapsed);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.WithinAsync());
        // The clock stands still: it does not take the drain's time.
        await host.StopAsync().WithinAsync();

        Assert.StartsWith("Stream numbers: a put or a flush has waited for seconds while the host starts.", warning, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(10), waited);
        host.AssertEndedWell(await host.ReportAsync());
    }

    [Fact]
    public async Task Start_ServiceAwaitsAPutThatHasRoom_StartsAndTheValueIsDelivered()
    {
        var (store, seen) = (new InMemoryStore(_clock), new Seen<int>());
        var builder = CreateBuilder().On(_clock);
        builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            OnStart = token => provider.GetRequiredService<IStreamWriter<int>>().PutAsync(1, token).AsTask(),
        });
        builder.Services.AddStreamx<int>("numbers").UseInMemory(store.CreateProcess()).AddConsumer("any", seen.By("any"));
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await _clock.UntilAsync(() => store.PositionOf("any") == 1);
        _clock.Advance(TimeSpan.FromSeconds(20));
        await host.StopAsync().WithinAsync();

        Assert.Equal([1], seen["any"]);
        Assert.DoesNotContain(host.Log(LogLevel.Warning), message => message.Contains("while the host starts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_WhileTheHostStartsAndTheStreamEnds_WhatWasAcceptedIsFinished()
    {
        var (store, seen) = (new InMemoryStore(_clock), new Seen<int>());
        var builder = CreateBuilder().On(_clock);
        builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            OnStart = async token =>
            {
                await provider.GetRequiredService<IStreamWriter<int>>().PutAsync(1, token);
                provider.GetRequiredService<IHostApplicationLifetime>().StopApplication();
                token.ThrowIfCancellationRequested();
            },
        });
        builder.Services.AddStreamx<int>("numbers").UseInMemory(store.CreateProcess(), endsOnShutdown: true).AddConsumer("any", seen.By("any"));
        using var host = builder.Build();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.StartAsync().WithinAsync());
        await host.StopAsync().WithinAsync();

        Assert.Equal([1], seen["any"]);
        host.AssertEndedWell(await host.ReportAsync());
    }

    [Fact]
    public async Task Put_HostedServicesRemoved_ThrowsAndSaysSo()
    {
        var builder = CreateBuilder().On(_clock);
        builder.Services.AddStreamx<int>("numbers").UseInMemory(new InMemoryStore(_clock).CreateProcess()).AddConsumer("any", (_, _) => default);
        builder.Services.RemoveAll<IHostedService>();
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();

        await AssertRefusedAsync(async () => await writer.PutAsync(1));
        await AssertRefusedAsync(async () => await writer.FlushAsync());
        await AssertRefusedAsync(async () => await writer.TryPutAsync(1, TimeSpan.Zero));
        await AssertRefusedAsync(async () => await writer.TryPutAsync(1, TimeSpan.FromSeconds(1)));
        await AssertRefusedAsync(() => Task.FromResult(writer.TryPut(1)));
    }

    private static async Task AssertRefusedAsync(Func<Task> act) =>
        Assert.Contains("its host has not been started", (await Assert.ThrowsAsync<InvalidOperationException>(() => act().WithinAsync())).Message, StringComparison.Ordinal);
}
