using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Stages;

public abstract class StageReportTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : StageReportTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : StageReportTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task Report_StagesWaitedForTheLastConsumer_SaysHowLongAndForWhom()
    {
        var (time, sent) = (new FakeTimeProvider(), new Signal());
        var builder = CreateBuilder(time);
        Chain.Add(builder.Services, orders: 9, _ => Task.CompletedTask, (_, token) => new ValueTask(sent.WaitAsync(token)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHolderAsync("orders", "Mailer of letters < Invoicing < Rendering");

        time.Advance(TimeSpan.FromSeconds(48));
        var during = host.Consumer("orders", "Invoicing").TimeWaitingForOutput;
        sent.Set();
        await Until.TrueAsync(() => host.Consumer("letters", "Mailer").ValuesFinished == 9);
        await host.StopAsync().WithinAsync();

        var report = await host.ReportAsync();
        Assert.Equal(TimeSpan.FromSeconds(48), during);
        Assert.Equal(
            (TimeSpan.FromSeconds(48), TimeSpan.FromSeconds(48), TimeSpan.Zero),
            (report.Consumer("Invoicing").TimeWaitingForOutput, report.Consumer("Rendering").TimeWaitingForOutput, report.Consumer("Mailer").TimeWaitingForOutput));
        Assert.Equal(TimeSpan.FromSeconds(48), report.Consumer("Invoicing").TimeWaitedFor);
        var log = host.Log(LogLevel.Information).Where(message => message.Contains("waited for", StringComparison.Ordinal)).Order();
        Assert.Equal(
            [
                "Stream invoices, consumer Rendering: 9 finished, 0 skipped, 0 dead-lettered, 0 aborted, 0 undelivered, waited for 48.000 s; waited itself 48.000 s for letters ← Mailer.",
                "Stream letters, consumer Mailer: 9 finished, 0 skipped, 0 dead-lettered, 0 aborted, 0 undelivered, waited for 48.000 s.",
                "Stream orders, consumer Invoicing: 9 finished, 0 skipped, 0 dead-lettered, 0 aborted, 0 undelivered, waited for 48.000 s; waited itself 48.000 s for invoices ← Rendering ← letters ← Mailer.",
            ],
            log);
    }

    [Fact]
    public async Task Report_StageIsDetachedWhileItWaits_WhatItStillWaitsIsNotItsTime()
    {
        var (time, sent) = (new FakeTimeProvider(), new Signal());
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<string>("invoices").AddConsumer("Mailer", (_, token) => new ValueTask(sent.WaitAsync(token)));
        builder.Services.AddStreamx<int>("orders").AddFeed(9).AddConsumer("other", (_, _) => default)
            .AddStage<int, string>("Invoicing", (order, invoices, _) => invoices.PutAsync($"{order}", CancellationToken.None).AsTask());
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHolderAsync("orders", "Mailer of invoices < Invoicing");
        time.Advance(TimeSpan.FromSeconds(3));

        host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("orders", "Invoicing");
        time.Advance(TimeSpan.FromSeconds(5));
        var status = host.Consumer("orders", "Invoicing");
        sent.Set();
        await host.StopAsync().WithinAsync();

        Assert.Equal((StreamxConsumerState.Detached, null, TimeSpan.FromSeconds(3)), (status.State, status.WaitsIn, status.TimeWaitingForOutput));
        Assert.Equal(TimeSpan.FromSeconds(3), (await host.ReportAsync()).Consumer("Invoicing").TimeWaitingForOutput);
    }
}
