namespace Streamx.Hosting.Tests;

/// <summary>A stream within one process has no deliveries; over a broker they are tested there.</summary>
public class DeliveryTests
{
    [Fact]
    public async Task Current_InOneProcess_IsNone()
    {
        var builder = TestHost.CreateBuilder();
        var seen = new TaskCompletionSource<(StreamxDelivery? Delivery, int Batch)>();
        builder.Services.AddStreamx<int>("numbers", o => o.StopHostWhenCompleted = true)
            .AddProducer("feed", async (puts, token) => await puts.PutAsync(1, token))
            .AddConsumer("a", (_, _) =>
            {
                seen.SetResult((StreamxDelivery.Current, StreamxDelivery.CurrentBatch.Count));
                return default;
            });
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal((null, 0), await seen.Task.WithinAsync());
    }
}
