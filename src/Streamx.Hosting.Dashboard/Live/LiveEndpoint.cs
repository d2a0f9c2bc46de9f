using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Streamx.Hosting.Dashboard;

/// <summary>Sends an open page its data: server-sent events, until the server begins to stop.</summary>
/// <remarks>
/// The server outlives the drain where that runs before any service is stopped, so a page shows which worker holds it up. Kestrel tells
/// each connection when it begins to stop. For a server that does not, the beginning of the host's stop ends the events, because the server
/// would wait for the page.
/// </remarks>
internal sealed class LiveEndpoint(Sampler sampler, ControlRights rights, TimeProvider clock, CancellationToken stopping)
{
    /// <summary>How long a client that does not read may keep the host from stopping.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    internal async Task WriteAsync(HttpContext context)
    {
        var ending = context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? stopping;
        if (ending.IsCancellationRequested)
        {
            // A browser gives up by itself on such an answer. The page connects again, so that it finds the next process.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        // A proxy that buffers would hold back frames until its buffer is full; nginx and compatible proxies obey this header.
        // Compression is off already: the framework declares event streams as identity-encoded.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        using var over = new CancellationTokenSource();
        var cut = CutAsync(context, ending, over.Token);
        try
        {
            var events = sampler.FollowAsync(rights.IsOpen(context), ending, context.RequestAborted);
            await TypedResults.ServerSentEvents(events).ExecuteAsync(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The page was closed.
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await cut.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Cuts the connection of a client that does not read the end: the server waits for every response, up to its own limit.
    /// </summary>
    private async Task CutAsync(HttpContext context, CancellationToken ending, CancellationToken over)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending, over);
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(s_patience, clock, over).ConfigureAwait(false);
        context.Abort();
    }
}
