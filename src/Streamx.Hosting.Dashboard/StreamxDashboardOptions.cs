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
}
