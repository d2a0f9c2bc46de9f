using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Testing;

namespace Streamx.Hosting.Tests.Web;

/// <summary>The start of a web application.</summary>
public sealed class WebStartTests
{
    /// <summary>As tests of web applications do, to keep background work away.</summary>
    [Theory]
    [InlineData("put/1")]
    [InlineData("try/1")]
    public async Task Put_HostedServicesRemoved_RequestFailsAtOnceAndTheLogSaysWhy(string path)
    {
        await using var web = await WebHost.StartAsync(
            RegistrationOrder.AsWritten, stopConcurrently: false, TimeSpan.Zero, services => services.RemoveAll<IHostedService>());

        var code = await web.PostAsync(path);

        Assert.Equal(500, code);
        await Until.TrueAsync(() => web.Host.Services.GetRequiredService<FakeLogCollector>().GetSnapshot().Any(record =>
            record.Exception?.Message.StartsWith("Stream 'Int32' takes no values yet: its host has not been started.", StringComparison.Ordinal) == true));
    }
}
