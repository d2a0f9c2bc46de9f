using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Stages;

public abstract class HolderTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : HolderTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : HolderTests(RegistrationOrder.Reversed);

    private static Func<string, CancellationToken, ValueTask> Waits(Signal signal) => (_, token) => new ValueTask(signal.WaitAsync(token));

    [Fact]
    public async Task Holder_ThreeStages_IsTheEndOfTheChainInEveryStream()
    {
        var sent = new Signal();
        var builder = CreateBuilder();
        Chain.Add(builder.Services, orders: 9, _ => Task.CompletedTask, Waits(sent));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.UntilHolderAsync("orders", "Mailer of letters < Invoicing < Rendering");
        var (invoices, letters) = (host.HolderOf("invoices"), host.HolderOf("letters"));
        var (invoicing, rendering, mailer) = (host.Consumer("orders", "Invoicing"), host.Consumer("invoices", "Rendering"), host.Consumer("letters", "Mailer"));
        sent.Set();
        await Until.TrueAsync(() => host.Consumer("letters", "Mailer").ValuesFinished == 9);
        await host.UntilHolderAsync("orders", null);
        await host.StopAsync().WithinAsync();

        Assert.Equal(("Mailer of letters < Rendering", "Mailer of letters"), (invoices, letters));
        Assert.Equal((StreamxConsumerState.OutputWait, "invoices"), (invoicing.State, invoicing.WaitsIn));
        Assert.Equal((StreamxConsumerState.OutputWait, "letters"), (rendering.State, rendering.WaitsIn));
        Assert.Equal((StreamxConsumerState.Processing, null), (mailer.State, mailer.WaitsIn));
    }

    [Fact]
    public async Task Holder_NoPutWaits_IsNull()
    {
        var sent = new Signal();
        var builder = CreateBuilder();
        // One value for Mailer, and one for each stage: all of them are held, and nothing waits at the front.
        Chain.Add(builder.Services, orders: 3, _ => Task.CompletedTask, Waits(sent));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.UntilHolderAsync("invoices", "Mailer of letters < Rendering");

        Assert.Null(host.HolderOf("orders"));
        sent.Set();
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Holder_FanOut_FollowsTheBranchThatIsMissing()
    {
        var (mailed, packed) = (new Signal(), new Signal());
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders").AddFeed(4)
            .AddStage<int, string>("Invoicing", (order, invoices, token) => invoices.PutAsync($"{order}", token).AsTask())
            .AddStage<int, long>("Packing", (order, parcels, token) => parcels.PutAsync(order, token).AsTask());
        builder.Services.AddStreamx<string>("invoices").AddConsumer("Archive", (_, _) => default).AddConsumer("Mailer", Waits(mailed));
        builder.Services.AddStreamx<long>("parcels").AddConsumer("Courier", (_, token) => new ValueTask(packed.WaitAsync(token)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        // Both stages wait, each for its own: there is no one consumer to name at the front.
        await host.UntilHolderAsync("invoices", "Mailer of invoices");
        await host.UntilHolderAsync("parcels", "Courier of parcels");
        await Until.TrueAsync(() => host.Status("orders").Stream.ValuesWaiting == 1);
        var several = host.HolderOf("orders");
        packed.Set();
        await host.UntilHolderAsync("orders", "Mailer of invoices < Invoicing");
        mailed.Set();
        await host.StopAsync().WithinAsync();

        Assert.Null(several);
    }

    [Fact]
    public async Task Holder_SeveralAreMissingAtTheEnd_IsNull()
    {
        var (first, second) = (new Signal(), new Signal());
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders").AddFeed(4).AddStage<int, string>("Invoicing", (order, invoices, token) => invoices.PutAsync($"{order}", token).AsTask());
        builder.Services.AddStreamx<string>("invoices").AddConsumer("Mailer", Waits(first)).AddConsumer("Archive", Waits(second));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => host.Status("orders").Stream.ValuesWaiting == 1 && host.Consumer("orders", "Invoicing").WaitsIn == "invoices"
            && host.Status("invoices").Stream.Subscriptions.All(subscription => subscription.IsGating));

        var several = host.HolderOf("orders");
        second.Set();
        await host.UntilHolderAsync("orders", "Mailer of invoices < Invoicing");
        first.Set();
        await host.StopAsync().WithinAsync();

        Assert.Null(several);
    }

    [Fact]
    public async Task Holder_StageWithSeveralOutputs_IsThatOfTheOneItsPutWaitsIn()
    {
        var (audited, mailed) = (new Signal(), new Signal());
        var builder = CreateBuilder();
        builder.Services.AddStreamx<long>("audits").AddConsumer("Auditor", (_, token) => new ValueTask(audited.WaitAsync(token)));
        builder.Services.AddStreamx<string>("invoices").AddConsumer("Mailer", Waits(mailed));
        builder.Services.AddStreamx<int>("orders").AddFeed(4).AddProcessor<string, Auditing>("Invoicing");
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.UntilHolderAsync("orders", "Auditor of audits < Invoicing");
        var waitsIn = host.Consumer("orders", "Invoicing").WaitsIn;
        audited.Set();
        await host.UntilHolderAsync("orders", "Mailer of invoices < Invoicing");
        var then = host.Consumer("orders", "Invoicing").WaitsIn;
        mailed.Set();
        await host.StopAsync().WithinAsync();

        Assert.Equal(("audits", "invoices"), (waitsIn, then));
    }

    [Fact]
    public async Task Holder_ConsumerPutsThroughAnInjectedWriter_IsAStageToo()
    {
        var mailed = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<string>("invoices").AddConsumer("Mailer", Waits(mailed));
        builder.Services.AddStreamx<int>("orders").AddFeed(4).AddConsumer<HandWritten>("Invoicing");
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.UntilHolderAsync("orders", "Mailer of invoices < Invoicing");
        var invoicing = host.Consumer("orders", "Invoicing");
        mailed.Set();
        await host.StopAsync().WithinAsync();

        Assert.Equal((StreamxConsumerState.OutputWait, null, "invoices"), (invoicing.State, invoicing.OutputStream, invoicing.WaitsIn));
        Assert.True((await host.ReportAsync()).Consumer("Invoicing").TimeWaitingForOutput > TimeSpan.Zero);
    }

    [Fact]
    public async Task Holder_HandWrittenConsumersPutInACircle_IsNull()
    {
        var builder = CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("there").AddFeed(5).AddConsumer<Circle<int, long>>("to");
        builder.Services.AddStreamx<long>("back").AddConsumer<Circle<long, int>>("fro");
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => host.Consumer("there", "to").WaitsIn == "back" && host.Consumer("back", "fro").WaitsIn == "there");

        Assert.Equal((null, null), (host.HolderOf("there"), host.HolderOf("back")));
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await host.StopAsync(now.Token).WithinAsync();
    }

    [Fact]
    public async Task Holder_PutOfTheStageIsCancelled_TheStageIsNoLongerPassed()
    {
        var (mailed, worked, cancel) = (new Signal(), new Signal(), new CancellationTokenSource());
        var builder = CreateBuilder();
        builder.Services.AddStreamx<string>("invoices").AddConsumer("Mailer", Waits(mailed));
        builder.Services.AddStreamx<int>("orders").AddFeed(4).AddStage<int, string>("Invoicing", async (order, invoices, token) =>
        {
            try
            {
                await invoices.PutAsync($"{order}", cancel.Token);
            }
            catch (OperationCanceledException)
            {
                await worked.WaitAsync(token);
            }
        });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHolderAsync("orders", "Mailer of invoices < Invoicing");

        await cancel.CancelAsync();
        await host.UntilHolderAsync("orders", "Invoicing of orders");

        Assert.Equal((StreamxConsumerState.Processing, null), (host.Consumer("orders", "Invoicing").State, host.Consumer("orders", "Invoicing").WaitsIn));
        worked.Set();
        mailed.Set();
        await host.StopAsync().WithinAsync();
        cancel.Dispose();
    }

    [Fact]
    public async Task Holder_LookedAtWhileValuesFlow_IsAlwaysOneThatMayBe()
    {
        var builder = CreateBuilder();
        Chain.Add(builder.Services, orders: 3000, _ => Task.CompletedTask, (_, _) => default);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        var over = new Signal();
        // Three at once, so that the chain is walked while others walk it and while puts take the same locks.
        var looks = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            HashSet<string> seen = [];
            do
            {
                foreach (var stream in (string[])["orders", "invoices", "letters"])
                    if (host.HolderOf(stream) is { } holder) seen.Add($"{stream}: {holder}");
            }
            while (!over.IsSet);
            return seen;
        })).ToList();

        await Until.TrueAsync(() => host.Consumer("letters", "Mailer").ValuesFinished == 3000);
        over.Set();
        var found = (await Task.WhenAll(looks).WithinAsync()).SelectMany(seen => seen).Distinct().ToList();
        await host.StopAsync().WithinAsync();

        Assert.Subset(
            new HashSet<string>
            {
                "orders: Invoicing of orders", "orders: Rendering of invoices < Invoicing", "orders: Mailer of letters < Invoicing < Rendering",
                "invoices: Rendering of invoices", "invoices: Mailer of letters < Rendering", "letters: Mailer of letters",
            },
            found.ToHashSet());
    }

    private sealed class Auditing([FromKeyedServices("audits")] IStreamWriter<long> audits) : IProcessor<int, string>
    {
        public async Task ProcessAsync(int value, IStreamWriter<string> output, CancellationToken abortToken)
        {
            await audits.PutAsync(value, abortToken);
            await output.PutAsync($"{value}", abortToken);
        }
    }

    private sealed class HandWritten(IStreamWriter<string> invoices) : IConsumer<int>
    {
        public ValueTask ConsumeAsync(int value, CancellationToken abortToken) => invoices.PutAsync($"{value}", abortToken);
    }

    private sealed class Circle<TIn, TOut>(IStreamWriter<TOut> next) : IConsumer<TIn>
        where TOut : struct
    {
        public async ValueTask ConsumeAsync(TIn value, CancellationToken abortToken)
        {
            for (var i = 0; i < 5; i++) await next.PutAsync(default, abortToken);
        }
    }
}
