namespace Streamx.Hosting.Tests.Web;

/// <summary>A stop while requests put, on a real web server.</summary>
public abstract class WebShutdownTests(RegistrationOrder order, bool stopConcurrently)
{
    public sealed class StreamsFirst() : WebShutdownTests(RegistrationOrder.AsWritten, stopConcurrently: false);

    public sealed class StreamsFirstConcurrently() : WebShutdownTests(RegistrationOrder.AsWritten, stopConcurrently: true);

    public sealed class ServerFirst() : WebShutdownTests(RegistrationOrder.Reversed, stopConcurrently: false);

    public sealed class ServerFirstConcurrently() : WebShutdownTests(RegistrationOrder.Reversed, stopConcurrently: true);

    [Fact]
    public async Task Stop_EightRequestsInAPut_AllAreAccepted_AndNewOnesAreServed()
    {
        await using var web = await StartAsync(TimeSpan.FromSeconds(5));
        var requests = await PutEightAsync(web);

        var stop = await web.StopAsync();
        var live = await web.GetAsync("live");
        var withoutRoom = await web.PostAsync("try/9");
        var late = web.PostAsync("put/10");
        web.Consumer.Open();
        var codes = await Task.WhenAll([.. requests, late]).WithinAsync();
        await web.Host.UntilAsync(status => status.Consumers[0].ValuesFinished == 9);
        var withRoom = await web.PostAsync("try/11");
        await web.Host.UntilAsync(status => status.Consumers[0].ValuesFinished == 10);
        await web.Time.AdvanceUntilAsync(stop);

        Assert.Equal(200, live);
        Assert.Equal((503, 202), (withoutRoom, withRoom));
        Assert.Equal(Enumerable.Repeat(200, 9), codes);
        Assert.Equal(10, (await web.Host.ReportAsync()).Consumer("any").Finished);
    }

    [Fact]
    public async Task Stop_ServerStopsWhileEightRequestsAreInAPut_AllAreAccepted()
    {
        await using var web = await StartAsync(TimeSpan.Zero);
        var requests = await PutEightAsync(web);

        var stop = web.Host.StopAsync();
        await web.UntilServerStopsAsync();
        web.Consumer.Open();
        var codes = await Task.WhenAll(requests).WithinAsync();
        await stop.WithinAsync();

        Assert.Equal(Enumerable.Repeat(200, 8), codes);
        Assert.Equal(8, (await web.Host.ReportAsync()).Consumer("any").Finished);
    }

    private Task<WebHost> StartAsync(TimeSpan acceptAfterStop) => WebHost.StartAsync(order, stopConcurrently, acceptAfterStop);

    /// <summary>Has eight requests put: the consumer holds the value of the first, the others wait.</summary>
    private static async Task<List<Task<int>>> PutEightAsync(WebHost web)
    {
        List<Task<int>> requests = [.. Enumerable.Range(1, 8).Select(value => web.PostAsync($"put/{value}"))];
        await Until.TrueAsync(() => web.Status.Stream.ValuesWaiting == 7);
        return requests;
    }
}
