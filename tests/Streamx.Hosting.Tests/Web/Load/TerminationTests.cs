using System.Globalization;

namespace Streamx.Hosting.Tests.Web.Load;

/// <summary>SIGTERM to a web application under load. <c>STREAMX_TERMINATIONS=50</c> sends that many, otherwise it is a few.</summary>
/// <remarks>
/// The application has the settings of a new one, so a machine on which it takes two seconds to notice the signal fails the test: clients
/// leave within three, and the application accepts values for five.
/// </remarks>
[Trait("Length", "long")]
public sealed class TerminationTests(ITestOutputHelper output)
{
    /// <summary>How long an orchestrator takes at most until its routing leaves a pod out that is not ready.</summary>
    private static readonly TimeSpan s_routing = TimeSpan.FromSeconds(3);

    private static readonly int s_terminations =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMX_TERMINATIONS"), CultureInfo.InvariantCulture, out var given) ? given : 2;

    [Fact]
    public async Task Terminate_ClientsLeaveOnceItIsNotReady_NoneIsRefusedAndNothingAcceptedIsLost()
    {
        var (accepted, duringTheStop, unavailable) = (0, 0, 0);
        for (var termination = 0; termination < s_terminations; termination++)
        {
            using var worker = await WebWorkerProcess.StartAsync();
            using var clients = new WebClients(worker.Url, count: 12);
            await Until.TrueAsync(() => clients.Accepted.Count >= 500);

            await worker.TerminateAsync();
            await clients.WhenNotReadyAsync();
            var before = clients.Accepted.Count;
            await clients.LeaveAsync(s_routing);
            var exitCode = await worker.WaitForExitAsync();

            Assert.True(exitCode == 0, worker.Output);
            Assert.Empty(clients.Failures);
            Assert.True(clients.Accepted.Count > before, "No request was accepted after readiness had failed.");
            Assert.Equal(clients.Accepted.Order(), worker.ReadHandled().Order());
            accepted += clients.Accepted.Count;
            duringTheStop += clients.Accepted.Count - before;
            unavailable += clients.Unavailable;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{s_terminations} times SIGTERM: {accepted} values accepted, {duringTheStop} of them after readiness had failed, none lost; 0 requests refused, 0 failed, {unavailable} answered with 503."));
    }

    [Fact]
    public async Task Terminate_BackgroundServicePuts_IsCancelledAndNeverRefused()
    {
        var accepted = 0;
        for (var termination = 0; termination < s_terminations; termination++)
        {
            using var worker = await WebWorkerProcess.StartAsync(feeds: true);
            await Until.TrueAsync(() => worker.ReadHandled().Count >= 100);

            await worker.TerminateAsync();
            var exitCode = await worker.WaitForExitAsync();

            Assert.True(exitCode == 0, worker.Output);
            var feed = worker.ReadFeed();
            Assert.Equal("cancelled", feed.Ending);
            Assert.Equal(Enumerable.Range(1, feed.Accepted).Select(number => -(long)number), worker.ReadHandled());
            accepted += feed.Accepted;
        }

        output.WriteLine($"{s_terminations} times SIGTERM: {accepted} values accepted from the background service, none lost; its last put was cancelled each time.");
    }
}
