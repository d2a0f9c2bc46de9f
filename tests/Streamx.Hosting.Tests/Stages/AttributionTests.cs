using Streamx.Hosting.Tests.Telemetry;

namespace Streamx.Hosting.Tests.Stages;

/// <summary>That the waiting at the front of a pipeline is attributed to whom it is really for.</summary>
public class AttributionTests
{
    private const int Orders = 50;
    private static readonly TimeSpan s_work = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan s_send = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task ThreeStages_LastConsumerSlow_NearlyAllWaitingAtTheFrontIsAttributedToIt()
    {
        var (invoicing, rendering, mailer) = (0, 0, 0);
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var measured = await MeasuredHost.StartAsync(
            services =>
            {
                services.AddStreamx<int>("orders").AddFeed(Orders + 4).AddStage<int, long>("Invoicing", async (order, invoices, token) =>
                {
                    var work = Task.Delay(s_work, time, token);
                    Interlocked.Increment(ref invoicing);
                    await work;
                    await invoices.PutAsync(order, token);
                });
                services.AddStreamx<long>("invoices").AddStage<long, string>("Rendering", async (invoice, letters, token) =>
                {
                    var work = Task.Delay(s_work, time, token);
                    Interlocked.Increment(ref rendering);
                    await work;
                    await letters.PutAsync($"{invoice}", token);
                });
                services.AddStreamx<string>("letters").AddConsumer("Mailer", async (_, token) =>
                {
                    var sending = Task.Delay(s_send, time, token);
                    Interlocked.Increment(ref mailer);
                    await sending;
                });
            },
            time);
        var host = measured.Host;
        // The pipeline fills: a letter with Mailer, one value with each stage, each of which waits in its put, and an order at the front.
        await Until.TrueAsync(() => Volatile.Read(ref invoicing) == 1);
        measured.Time.Advance(s_work);
        await Until.TrueAsync(() => Volatile.Read(ref rendering) == 1 && Volatile.Read(ref invoicing) == 2);
        measured.Time.Advance(s_work);
        await Until.TrueAsync(() => Volatile.Read(ref mailer) == 1 && Volatile.Read(ref rendering) == 2 && Volatile.Read(ref invoicing) == 3);
        measured.Time.Advance(s_work);
        await host.UntilHolderAsync("orders", "Mailer of letters < Invoicing < Rendering");
        var waitedBefore = measured.ProducerTimes("feed")["put_wait"];
        var (outputBefore, gatingBefore) = (measured.ConsumerTimes("Invoicing")["output_wait"], host.Consumer("orders", "Invoicing").Subscription!.TimeGating);
        Dictionary<string, TimeSpan> held = new() { ["Mailer of letters < Invoicing < Rendering"] = TimeSpan.Zero, ["Invoicing of orders"] = TimeSpan.Zero };

        for (var sent = 1; sent <= Orders; sent++)
        {
            // Mailer has sent for the tenth of a second in which the stages worked.
            await StepAsync("Mailer of letters < Invoicing < Rendering", s_send - s_work);
            await Until.TrueAsync(() => Volatile.Read(ref mailer) == sent + 1 && Volatile.Read(ref rendering) == sent + 2 && Volatile.Read(ref invoicing) == sent + 3);
            await StepAsync("Invoicing of orders", s_work);
        }

        await host.UntilHolderAsync("orders", "Mailer of letters < Invoicing < Rendering");
        var waited = measured.ProducerTimes("feed")["put_wait"] - waitedBefore;
        var invoicingTimes = measured.ConsumerTimes("Invoicing");
        Assert.Equal(Orders * s_send.TotalSeconds, waited, precision: 6);
        Assert.InRange(held["Mailer of letters < Invoicing < Rendering"].TotalSeconds / waited, 0.98, 1);
        Assert.Equal(waited, held.Values.Sum(time => time.TotalSeconds), precision: 6);
        // The same from the numbers alone: what producers waited for Invoicing, without what it waited itself, is its own share.
        var gating = (host.Consumer("orders", "Invoicing").Subscription!.TimeGating - gatingBefore).TotalSeconds;
        Assert.InRange((invoicingTimes["output_wait"] - outputBefore) / gating, 0.98, 1);
        Assert.All((string[])["Invoicing", "Rendering", "Mailer"], name => Assert.Equal(
            (time.GetUtcNow() - time.Start).TotalSeconds, measured.ConsumerTimes(name).Values.Sum(), tolerance: 0.01 * (time.GetUtcNow() - time.Start).TotalSeconds));
        Assert.Equal(0, measured.ConsumerTimes("Mailer")["output_wait"]);

        async Task StepAsync(string holder, TimeSpan step)
        {
            await host.UntilHolderAsync("orders", holder);
            held[holder] += step;
            time.Advance(step);
        }
    }
}
