using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Stages;

/// <summary>How far a process can follow the chain when a stream of it goes between processes.</summary>
public class RemoteHolderTests
{
    private readonly InMemoryStore _store = new(TimeProvider.System);

    [Fact]
    public async Task Holder_InputGoesBetweenProcesses_EachProcessSaysWhatItKnows()
    {
        var mailed = new Signal();
        using var stage = Build(services =>
        {
            services.AddStreamx<int>("orders").UseInMemory(_store.CreateProcess("stage"))
                .AddStage<int, string>("Invoicing", (order, invoices, token) => invoices.PutAsync($"{order}", token).AsTask());
            AddMailer(services, mailed);
        });
        await stage.StartAsync().WithinAsync();
        await Until.TrueAsync(() => _store.ActiveOf("Invoicing") is not null);
        using var front = Build(services => services.AddStreamx<int>("orders").UseInMemory(_store.CreateProcess("front")).AddFeed(9));
        await front.StartAsync().WithinAsync();

        await front.UntilHolderAsync("orders", "Invoicing of orders");
        await Until.TrueAsync(() => stage.Consumer("orders", "Invoicing").WaitsIn == "invoices");
        var (elsewhere, here) = (stage.HolderOf("orders"), stage.HolderOf("invoices"));
        mailed.Set();
        await Until.TrueAsync(() => stage.Consumer("invoices", "Mailer").ValuesFinished == 9);
        await front.StopAsync().WithinAsync();
        await stage.StopAsync().WithinAsync();

        // Where no put waits nothing is held; that Invoicing does, and does not work, its own process knows.
        Assert.Null(elsewhere);
        Assert.True(here is "Mailer of invoices" or null);
    }

    [Fact]
    public async Task Holder_InputGoesBetweenProcesses_StageRunsHere_IsTheEndOfTheChain()
    {
        var mailed = new Signal();
        using var host = Build(services =>
        {
            services.AddStreamx<int>("orders").UseInMemory(_store.CreateProcess("all")).AddFeed(9)
                .AddStage<int, string>("Invoicing", (order, invoices, token) => invoices.PutAsync($"{order}", token).AsTask());
            AddMailer(services, mailed);
        });
        await host.StartAsync().WithinAsync();

        await host.UntilHolderAsync("orders", "Mailer of invoices < Invoicing");
        mailed.Set();
        await Until.TrueAsync(() => host.Consumer("invoices", "Mailer").ValuesFinished == 9);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Holder_OutputGoesBetweenProcesses_IsTheNameThatRunsElsewhere()
    {
        var mailed = new Signal();
        using var mailer = Build(services => services.AddStreamx<int>("invoices").UseInMemory(_store.CreateProcess("mailer"))
            .AddConsumer("Mailer", (_, token) => new ValueTask(mailed.WaitAsync(token))));
        await mailer.StartAsync().WithinAsync();
        await Until.TrueAsync(() => _store.ActiveOf("Mailer") is not null);
        using var front = Build(services =>
        {
            services.AddStreamx<string>("orders").AddProducer("feed", async (orders, token) =>
            {
                for (var order = 1; order <= 9; order++) await orders.PutAsync($"{order}", token);
            }).AddStage<string, int>("Invoicing", (order, invoices, token) => invoices.PutAsync(int.Parse(order, System.Globalization.CultureInfo.InvariantCulture), token).AsTask());
            services.AddStreamx<int>("invoices").UseInMemory(_store.CreateProcess("front"));
        });
        await front.StartAsync().WithinAsync();

        await front.UntilHolderAsync("orders", "Mailer of invoices < Invoicing");
        var state = front.Consumer("orders", "Invoicing").State;
        mailed.Set();
        await Until.TrueAsync(() => mailer.Consumer("invoices", "Mailer").ValuesFinished == 9);
        await front.StopAsync().WithinAsync();
        await mailer.StopAsync().WithinAsync();

        Assert.Equal(StreamxConsumerState.OutputWait, state);
    }

    private static void AddMailer(IServiceCollection services, Signal mailed) =>
        services.AddStreamx<string>("invoices").AddConsumer("Mailer", (_, token) => new ValueTask(mailed.WaitAsync(token)));

    private static IHost Build(Action<IServiceCollection> register)
    {
        var builder = TestHost.CreateBuilder();
        register(builder.Services);
        return builder.Build();
    }
}
