using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Streamx.Hosting.Tests.Health;

namespace Streamx.Hosting.Tests.Stages;

/// <summary>That a stage which only waits in its put is neither stalled nor called busy.</summary>
public class StageStallTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Stall_AtTheEndOfTheChain_OnlyThatConsumerIsStalled()
    {
        var (time, sent) = (new FakeTimeProvider(), new Signal());
        var builder = Health.Probes.CreateBuilder(time);
        Chain.Add(
            builder.Services, orders: 9, _ => Task.CompletedTask, (_, token) => new ValueTask(sent.WaitAsync(token)),
            stage => (stage.StallAfter, stage.OnStall) = (s_limit, StallAction.FaultStream));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHolderAsync("orders", "Mailer of letters < Invoicing < Rendering");

        for (var i = 0; i < 5; i++) time.Advance(s_limit);
        var warnings = host.Log(LogLevel.Warning).ToList();
        var ready = await host.ReadyAsync();

        Assert.Equal(
            ["Consumer Mailer of stream letters has held the value at position 0 for 10.0 s; puts waiting: 1; stream orders waits for it through Invoicing and Rendering; stream invoices waits for it through Rendering. Action: warn only."],
            warnings);
        Assert.Equal((false, false, true), (
            host.Consumer("orders", "Invoicing").IsStalled, host.Consumer("invoices", "Rendering").IsStalled, host.Consumer("letters", "Mailer").IsStalled));
        Assert.Equal(HealthStatus.Degraded, ready.Status);
        Assert.Equal(
            "Consumer 'Mailer' of stream 'letters' has held one value for 50.0 s; 1 put waits; stream orders waits for it through Invoicing and Rendering; stream invoices waits for it through Rendering.",
            ready.Description);
        Assert.Contains("Consumers: Invoicing waits for invoices ← Rendering ← Mailer of letters for 50.0 s.", ready.Of("orders"), StringComparison.Ordinal);
        Assert.Contains("Consumers: Rendering waits for letters ← Mailer for 50.0 s.", ready.Of("invoices"), StringComparison.Ordinal);
        Assert.Contains("Consumers: Mailer Processing for 50.0 s (stalled).", ready.Of("letters"), StringComparison.Ordinal);
        sent.Set();
        await host.StopAsync().WithinAsync();
        host.AssertEndedWell(await host.ReportAsync());
    }

    [Fact]
    public async Task Stall_OfTheStageItself_CountsWithoutItsWait()
    {
        var (time, sent, worked) = (new FakeTimeProvider(), new Signal(), new Signal());
        var builder = TestHost.CreateBuilder(time);
        builder.Services.AddStreamx<string>("invoices").AddConsumer("Mailer", (_, token) => new ValueTask(sent.WaitAsync(token)), o => o.StallAfter = Timeout.InfiniteTimeSpan);
        builder.Services.AddStreamx<int>("orders").AddFeed(9).AddStage<int, string>(
            "Invoicing",
            async (order, invoices, token) =>
            {
                await invoices.PutAsync($"{order}", token);
                if (order == 2) await worked.WaitAsync(token);
            },
            o => o.StallAfter = s_limit);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHolderAsync("orders", "Mailer of invoices < Invoicing");

        for (var i = 0; i < 25; i++) time.Advance(TimeSpan.FromSeconds(1));
        sent.Set();
        await host.UntilHolderAsync("orders", "Invoicing of orders");
        time.Advance(s_limit - TimeSpan.FromMilliseconds(1));
        var before = (host.Consumer("orders", "Invoicing").IsStalled, host.Log(LogLevel.Warning).Count());
        time.Advance(s_limit / 10);
        var after = host.Consumer("orders", "Invoicing").IsStalled;

        Assert.Equal((false, 0), before);
        Assert.True(after);
        Assert.Matches(@"^Consumer Invoicing of stream orders has held the value at position 1 for 3[56]\.\d s; puts waiting: 1\. Action: warn only\.$", Assert.Single(host.Log(LogLevel.Warning)));
        worked.Set();
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task MaxItemAge_StageWaitsInItsPut_OnlyTheEndOfTheChainIsTooOld()
    {
        var (time, sent) = (new FakeTimeProvider(), new Signal());
        var builder = Health.Probes.CreateBuilder(time, ("StreamxHealth:MaxItemAge", "00:05:00"));
        Chain.Add(builder.Services, orders: 9, _ => Task.CompletedTask, (_, token) => new ValueTask(sent.WaitAsync(token)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHolderAsync("orders", "Mailer of letters < Invoicing < Rendering");

        time.Advance(TimeSpan.FromMinutes(6));
        var live = await host.LiveAsync();

        Assert.Equal("Consumer 'Mailer' of stream 'letters' has held one value for 360.0 s, longer than StreamxHealth:MaxItemAge, 300.0 s.", live.Description);
        sent.Set();
        await host.StopAsync().WithinAsync();
    }
}
