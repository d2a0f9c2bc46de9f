using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>The settings of concurrency: from configuration, and refused at start with a message that says what to change.</summary>
public abstract class ConcurrencyOptionsTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : ConcurrencyOptionsTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : ConcurrencyOptionsTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task Concurrency_FromConfiguration_WinsOverCode()
    {
        var calls = new HeldCalls();
        var builder = CreateBuilder(("Streamx:orders:Window", "4"), ("Streamx:orders:Consumers:slots:Concurrency", "3"));
        builder.Services.AddStreamx<int>("orders", o => o.StopHostWhenCompleted = true).AddFeed(8).AddConsumer("slots", calls.HandleAsync, o => o.Concurrency = 2);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await calls.UntilInHandAsync(1, 2, 3);

        calls.Open();
        await host.StopRequestedAsync();
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Concurrency_AboveTheWindow_StopsTheStartAndNamesBothSettings()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders", o => o.Window = 4).AddConsumer("slots", (_, _) => default, o => o.Concurrency = 5);
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.Contains("Streamx:orders:Consumers:slots:Concurrency is 5, but Streamx:orders:Window is 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Concurrency_OfALoop_StopsTheStart()
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton(new Seen<int>());
        builder.Services.AddStreamx<int>("orders", o => o.Window = 4).AddStreamConsumer<NotingLoop>("loop", o =>
        {
            o.Concurrency = 2;
            o.PartitionBy((int value) => value);
        });
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.Contains("Streamx:orders:Consumers:loop:Concurrency cannot be 2 for stream consumers", error.Message, StringComparison.Ordinal);
        Assert.Contains("PartitionBy of consumer 'loop' of stream 'orders' is not for stream consumers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Concurrency_WithLatest_StopsTheStartAndNamesBothSettings()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders", o => o.Window = 4)
            .AddConsumer("all", (_, _) => default)
            .AddConsumer("slots", (_, _) => default, o => (o.Concurrency, o.Mode) = (2, SubscriptionMode.Latest));
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().WithinAsync());

        Assert.Contains("Streamx:orders:Consumers:slots:Concurrency is 2 and Streamx:orders:Consumers:slots:Mode is Latest", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Concurrency_NotPositive_StopsTheStart(int concurrency)
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders").AddConsumer("slots", (_, _) => default, o => o.Concurrency = concurrency);
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().WithinAsync());

        Assert.Contains($"Streamx:orders:Consumers:slots:Concurrency must be at least 1, but is {concurrency}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task PartitionBy_FunctionOfAnotherType_StopsTheStartAndNamesBothTypes(int concurrency)
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders", o => o.Window = 4).AddConsumer("slots", (_, _) => default, o =>
        {
            o.Concurrency = concurrency;
            o.PartitionBy((string text) => text.Length);
        });
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.Contains("PartitionBy of consumer 'slots' takes System.String, but stream 'orders' has values of System.Int32.", error.Message, StringComparison.Ordinal);
    }
}
