namespace Streamx.Hosting;

/// <summary>What the live page may do.</summary>
public sealed class StreamxDashboardOptions
{
    /// <summary>Whether the page has buttons that pause, resume, detach, attach and drain.</summary>
    /// <value>False by default: the page only shows.</value>
    /// <remarks>
    /// Not enough by itself: control is refused unless the group that <c>MapStreamxDashboard</c> returns asks for authorization,
    /// as by <c>RequireAuthorization()</c>. Whoever it lets in may then also stop a stream.
    /// </remarks>
    public bool AllowControl { get; set; }
}
