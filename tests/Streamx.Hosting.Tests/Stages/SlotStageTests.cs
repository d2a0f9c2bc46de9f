namespace Streamx.Hosting.Tests.Stages;

/// <summary>A processor with several slots, whose puts wait side by side.</summary>
public abstract class SlotStageTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : SlotStageTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : SlotStageTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task Slots_AllWaitInTheirPuts_TheHolderIsTheConsumerOfTheOutput()
    {
        var sent = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders", o => o.Window = 4).AddFeed(12)
            .AddStage<int, string>("Invoicing", (order, invoices, token) => invoices.PutAsync($"{order}", token).AsTask(), o => o.Concurrency = 3);
        builder.Services.AddStreamx<string>("invoices").AddConsumer("Mailer", (_, token) => new ValueTask(sent.WaitAsync(token)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await Until.TrueAsync(() => host.Status("invoices").Stream.ValuesWaiting == 3);
        await host.UntilHolderAsync("orders", "Mailer of invoices < Invoicing");
        var invoicing = host.Consumer("orders", "Invoicing");
        sent.Set();
        await Until.TrueAsync(() => host.Consumer("invoices", "Mailer").ValuesFinished == 12);
        await host.UntilHolderAsync("orders", null);
        await host.StopAsync().WithinAsync();
        var report = await host.ReportAsync();

        Assert.Equal((StreamxConsumerState.OutputWait, "invoices", 3), (invoicing.State, invoicing.WaitsIn, invoicing.SlotsBusy));
        report.AssertAddsUp();
        Assert.Equal((12, 3), (report.Consumer("Invoicing").Finished, report.Consumer("Invoicing").Concurrency));
        Assert.True(report.Consumer("Invoicing").TimeWaitingForOutput > TimeSpan.Zero);
    }

    [Fact]
    public async Task Slots_WithKeys_PutTheValuesOfAKeyInItsOrder()
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders", o => (o.Window, o.StopHostWhenCompleted) = (8, true)).AddFeed(200).AddStage<int, long>(
            "Numbering",
            async (order, numbers, token) =>
            {
                for (var moments = order * 7919 % 4; moments > 0; moments--) await Task.Yield();
                await numbers.PutAsync(order, token);
            },
            o =>
            {
                o.Concurrency = 4;
                o.PartitionBy((int order) => order % 5);
            });
        builder.Services.AddStreamx<long>("numbers", o => o.StopHostWhenCompleted = true).AddConsumer("seen", (number, _) =>
        {
            seen.Add("seen", (int)number);
            return default;
        });
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal(200, seen["seen"].Count);
        Assert.All(seen["seen"].GroupBy(number => number % 5), key => Assert.Equal(key.Order(), key));
    }
}
