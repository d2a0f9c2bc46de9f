using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Hosting;
using Streamx.Repository.Tests.Snippets;

namespace Streamx.Repository.Tests;

/// <summary>An engine can be written outside of the shipped packages: this project sees their public types alone.</summary>
public class EngineTests
{
    private const int Values = 200;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly MemoryStore _store = new();

    [Fact]
    public async Task Stream_OverAnEngineOfPublicTypes_ReachesTheConsumersOfBothHosts()
    {
        List<int> prices = [];
        List<int> stock = [];
        await _store.CreateProcess().RegisterAsync(["prices", "stock"], default);
        using var first = CreateHost("one", produces: true, "prices", prices.Add);
        using var second = CreateHost("two", produces: false, "stock", stock.Add);

        await Task.WhenAll(first.RunAsync(), second.RunAsync()).WaitAsync(s_limit);

        Assert.Equal(Enumerable.Range(1, Values), prices);
        Assert.Equal(Enumerable.Range(1, Values), stock);
    }

    [Fact]
    public async Task Stream_EverySessionLostMidway_LosesNoValue()
    {
        List<int> handled = [];
        using var host = CreateHost("one", produces: true, "prices", value =>
        {
            handled.Add(value);
            if (value == Values / 2 && handled.Count == value) _store.Disconnect();
        });

        await host.RunAsync().WaitAsync(s_limit);

        Assert.Equal(Enumerable.Range(1, Values), handled.Distinct());
    }

    [Fact]
    public async Task Stream_LeaderStops_TheStandbyPutsOn()
    {
        List<int> handled = [];
        await using var reader = await _store.CreateProcess("reader").JoinAsync("prices", default);
        using var first = CreateHost("one", produces: true, "stock", _ => { });
        await first.StartAsync();
        while (handled.Count < 3) handled.Add(await TakeAsync(reader));
        using var second = CreateHost("two", produces: true, "stock", _ => { });
        await second.StartAsync();

        await first.StopAsync();
        while (handled.Count(value => value == 1) < 2) handled.Add(await TakeAsync(reader));
        await second.StopAsync();

        Assert.Equal(1, handled[0]);
        Assert.InRange(handled.LastIndexOf(1), 3, Values);
    }

    private IHost CreateHost(string instance, bool produces, string consumer, Action<int> handle)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IStreamSerializer<int>, NumberSerializer>();
        var stream = builder.Services.AddStreamx<int>("numbers", o => (o.Window, o.StopHostWhenCompleted) = (4, true))
            .UseMyEngine((_, _) => _store.CreateProcess(instance))
            .AddConsumer(consumer, (value, _) =>
            {
                handle(value);
                return default;
            });
        if (produces)
        {
            stream.AddProducer("feed", async (writer, stoppingToken) =>
            {
                for (var value = 1; value <= Values; value++) await writer.PutAsync(value, stoppingToken);
            });
        }

        return builder.Build();
    }

    private static async Task<int> TakeAsync(IJoinSession session)
    {
        var delivery = await session.Deliveries.ReadAsync().AsTask().WaitAsync(s_limit);
        session.Finish(delivery.Sequence);
        return new NumberSerializer().Deserialize(delivery.Body.Span);
    }
}
