using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Hosting;
using Streamx.Repository.Tests.Snippets;

namespace Streamx.Repository.Tests;

/// <summary>The programs shown in READMEs also do what they say.</summary>
public class SnippetTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task QuickStart_RunsToItsEnd()
    {
        await QuickStart.RunAsync([]).WaitAsync(s_limit);
    }

    [Fact]
    public async Task CoreUse_GivesEveryoneEverything()
    {
        var (printed, batchSizes) = await CoreUse.RunAsync().WaitAsync(s_limit);

        Assert.Equal(Enumerable.Range(0, 100), printed);
        Assert.Equal(100, batchSizes.Sum());
        Assert.All(batchSizes, size => Assert.InRange(size, 1, 4));
    }

    [Fact]
    public void HostingUse_RegistersTheStream()
    {
        var services = new ServiceCollection();

        HostingUse.Register(services);

        using var provider = services.BuildServiceProvider();
        Assert.Equal(64, provider.GetRequiredKeyedService<AsyncStream<HostingUse.Order>>("orders").Window);
    }

    [Fact]
    public async Task SlowConsumerUse_KeepsTheOrderOfEachKey()
    {
        var handled = await SlowConsumerUse.RunByKeyAsync().WaitAsync(s_limit);

        Assert.Equal(["A", "B", "C"], handled.Keys.Order(StringComparer.Ordinal));
        Assert.All(handled.Values, numbers => Assert.Equal(numbers.Order(), numbers));
        Assert.Equal(90, handled.Values.Sum(numbers => numbers.Length));
    }

    [Fact]
    public void SlowConsumerUse_RegistersBoth()
    {
        Assert.Equal((256, 16), (WindowOf(SlowConsumerUse.RegisterBatches), WindowOf(SlowConsumerUse.RegisterConcurrency)));

        static int WindowOf(Action<IServiceCollection> register)
        {
            var services = new ServiceCollection();
            register(services);
            using var provider = services.BuildServiceProvider();
            return provider.GetRequiredKeyedService<AsyncStream<SlowConsumerUse.Order>>("orders").Window;
        }
    }

    [Fact]
    public async Task TestingUse_TestsPass()
    {
        await TestingUse.RunAsync().WaitAsync(s_limit);
        await TestingUse.HoldAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task PolicyTestUse_TestPasses()
    {
        await PolicyTestUse.RunAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task PythonUse_GivesEveryoneEverything()
    {
        var lines = await PythonUse.RunAsync().WaitAsync(s_limit);

        Assert.Equal(["first 0", "first 1", "first 2", "second 0", "second 1", "second 2"], lines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task StartUse_ArchivesEveryReading()
    {
        List<StartUse.Reading> archived = [];
        var builder = Host.CreateEmptyApplicationBuilder(null);
        StartUse.Register(builder.Services);
        builder.Services.AddSingleton(archived);
        builder.Services.AddStreamx<StartUse.Reading>("readings", stream => stream.StopHostWhenCompleted = true);

        await builder.Build().RunAsync().WaitAsync(s_limit);

        Assert.Equal([1, 2, 3], archived.Select(reading => reading.Number));
    }

    [Fact]
    public async Task ChannelsUse_PrintsEveryOrder()
    {
        List<int> printed = [];
        var builder = Host.CreateEmptyApplicationBuilder(null);
        ChannelsUse.Register(builder.Services);
        builder.Services.AddSingleton(printed);
        builder.Services.AddStreamx<ChannelsUse.Order>(stream => stream.StopHostWhenCompleted = true);

        await builder.Build().RunAsync().WaitAsync(s_limit);

        Assert.Equal([1, 2, 3], printed);
    }

    [Fact]
    public async Task Policies_FailedValuesBecomeLetters()
    {
        List<DeadLetter<FailureUse.Order>> letters = [];
        var builder = Host.CreateEmptyApplicationBuilder(null);
        FailureUse.RegisterPolicies(builder.Services);
        builder.Services.AddSingleton(letters);
        builder.Services.Configure<ConsumerOptions>("orders:Ledger", consumer => consumer.Retry.Delay = TimeSpan.FromMilliseconds(1));
        builder.Services.AddStreamx<FailureUse.Order>("orders", stream => stream.StopHostWhenCompleted = true);

        await builder.Build().RunAsync().WaitAsync(s_limit);

        Assert.Equal([1, 2, 3], letters.Select(letter => letter.Value.Number));
        Assert.All(letters, letter => Assert.Equal(6, letter.Attempts));
    }

    [Fact]
    public async Task Stages_EveryOrderIsInvoiced()
    {
        List<FailureUse.Invoice> archived = [];
        var builder = Host.CreateEmptyApplicationBuilder(null);
        FailureUse.RegisterStages(builder.Services);
        builder.Services.AddSingleton(archived);
        builder.Services.AddStreamx<FailureUse.Invoice>(stream => stream.StopHostWhenCompleted = true);

        await builder.Build().RunAsync().WaitAsync(s_limit);

        Assert.Equal([1, 2, 3], archived.Select(invoice => invoice.Order));
    }
}
