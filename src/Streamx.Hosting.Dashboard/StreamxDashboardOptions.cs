namespace Streamx.Hosting;

/// <summary>What the live page may do, and which clients it answers without authorization.</summary>
/// <remarks>
/// Outside Development the page refuses every request by default. Authorization on the group that <c>MapStreamxDashboard</c> returns
/// opens it
/// to the requests that the authorization lets through; the two <c>Allow…</c> options below open it without.
/// </remarks>
public sealed class StreamxDashboardOptions
{
    /// <summary>Whether the page has buttons that pause, resume, detach, attach and drain.</summary>
    /// <value>False by default: the page only shows.</value>
    /// <remarks>
    /// Not enough by itself: control is refused unless the group that <c>MapStreamxDashboard</c> returns asks for authorization,
    /// as by <c>RequireAuthorization()</c>. Every user that this authorizes may then also stop a stream.
    /// </remarks>
    public bool AllowControl { get; set; }

    /// <summary>Whether every client that can connect to the application may see the page.</summary>
    /// <value>False by default.</value>
    /// <remarks>
    /// For networks that only operators reach. The page shows names of streams, workers and hosts; it never shows values, and messages of
    /// exceptions only to readers with the right to control the streams.
    /// </remarks>
    public bool AllowAnonymous { get; set; }

    /// <summary>Whether requests over loopback, for <c>localhost</c> or a loopback address, may see the page.</summary>
    /// <value>False by default.</value>
    /// <remarks>
    /// For a developer's machine, and for a forwarded port (<c>kubectl port-forward</c>, <c>ssh -L</c>). Requests with a forwarding header
    /// are refused, but a proxy on the same machine that sends none cannot be told from a local reader: leave this off behind a proxy.
    /// </remarks>
    public bool AllowLoopback { get; set; }

    /// <summary>Where a trace is found, with <c>{traceId}</c> in the place of its id: the page then links to traces.</summary>
    /// <value>
    /// Null by default: the page shows ids of traces without links. An absolute http or https address without user name and password, such
    /// as <c>https://jaeger.example.org/trace/{traceId}</c>.
    /// </value>
    /// <remarks>Every reader of the page learns the address. The browser sends no referrer with a click.</remarks>
    public string? TraceUrl { get; set; }
}
