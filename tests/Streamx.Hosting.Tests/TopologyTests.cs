namespace Streamx.Hosting.Tests;

public abstract class TopologyTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : TopologyTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : TopologyTests(RegistrationOrder.Reversed);

    [Fact]
    public Task Start_NoConsumer_FailsNamingTheStream() => AssertFailsAsync(
        services => services.AddStreamx<int>("orders").AddProducer("feed", (_, _) => Task.CompletedTask),
        "Stream 'orders' has no consumer.");

    [Fact]
    public Task Start_TwoConsumersOfOneName_FailsNamingIt() => AssertFailsAsync(
        services => services.AddStreamx<int>("orders").AddConsumer("Ledger", (_, _) => default).AddConsumer("ledger", (_, _) => default),
        $"Stream 'orders' has 2 workers named '{InOrder("Ledger", "ledger").First()}'");

    [Fact]
    public Task Start_ProducerAndConsumerOfOneName_FailsNamingIt() => AssertFailsAsync(
        services => services.AddStreamx<int>("orders").AddConsumer("x", (_, _) => default).AddProducer("x", (_, _) => Task.CompletedTask),
        "Stream 'orders' has 2 workers named 'x'");

    [Fact]
    public Task Start_OneNameForTwoTypes_FailsNamingBoth() => AssertFailsAsync(
        services =>
        {
            services.AddStreamx<int>("orders").AddConsumer("a", (_, _) => default);
            services.AddStreamx<string>("Orders").AddConsumer("b", (_, _) => default);
        },
        $"Stream name '{InOrder("orders", "Orders").First()}' is used for {string.Join(" and ", InOrder("System.Int32", "System.String"))}");

    [Theory]
    [InlineData(NoSubscribers.Wait)]
    [InlineData(NoSubscribers.Throw)]
    public Task Start_OnlyLatestConsumers_FailsUnlessValuesMayBeDiscarded(NoSubscribers policy) => AssertFailsAsync(
        services => services.AddStreamx<int>("orders", o => o.WhenNoSubscribers = policy).AddConsumer("a", (_, _) => default, o => o.Mode = SubscriptionMode.Latest),
        $"Stream 'orders' has only Latest consumers, which count as none for puts, and Streamx:orders:WhenNoSubscribers is {policy}");

    [Fact]
    public async Task Start_OnlyLatestConsumersAndDiscard_Runs()
    {
        var newest = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => { o.WhenNoSubscribers = NoSubscribers.Discard; o.StopHostWhenCompleted = true; })
            .AddProducer<HundredProducer>()
            .AddConsumer("newest", (value, _) =>
            {
                if (value == 100) newest.Set();
                return default;
            }, o => o.Mode = SubscriptionMode.Latest);
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.True(newest.IsSet);
    }

    [Fact]
    public async Task Start_SeveralThingsWrong_NamesThemAll()
    {
        var error = await FailAsync(services =>
        {
            services.AddStreamx<int>("a");
            services.AddStreamx<int>("b");
        });

        Assert.Equal(2, error.Problems.Count);
        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'b'", error.Message, StringComparison.Ordinal);
    }

    private async Task AssertFailsAsync(Action<IServiceCollection> register, string message) =>
        Assert.Contains(message, (await FailAsync(register)).Message, StringComparison.Ordinal);

    private async Task<StreamxConfigurationException> FailAsync(Action<IServiceCollection> register)
    {
        var builder = CreateBuilder();
        register(builder.Services);
        using var host = builder.Build();
        return await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());
    }
}
