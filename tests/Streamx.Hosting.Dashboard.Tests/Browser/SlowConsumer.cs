using Microsoft.AspNetCore.Builder;

namespace Streamx.Hosting.Dashboard.Tests.Browser;

/// <summary>A consumer that becomes slow when it is told to, and a producer that keeps it supplied.</summary>
internal sealed class SlowConsumer
{
    public volatile bool IsSlow;

    public async ValueTask ConsumeAsync(int value, CancellationToken abortToken)
    {
        if (IsSlow) await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, abortToken);
    }

    public void AddFeed(WebApplicationBuilder builder) => builder.Services.AddStreamx<int>("orders").AddProducer("Numbers", async (stream, stoppingToken) =>
    {
        for (var number = 0; !stoppingToken.IsCancellationRequested; number++)
        {
            await stream.PutAsync(number, stoppingToken);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, stoppingToken);
        }
    });
}
