namespace Streamx.Hosting.Dashboard;

/// <summary>Checks the address of traces that pages link to.</summary>
internal static class TraceAddress
{
    /// <summary>Stands for the id of a trace.</summary>
    internal const string Placeholder = "{traceId}";

    private const string SampleId = "0af7651916cd43dd8448eb211c80319c";

    /// <summary>Checks an address; null is good.</summary>
    /// <exception cref="InvalidOperationException">It is not one that a page may link to.</exception>
    internal static void Check(string? address)
    {
        if (address is null || ProblemOf(address) is not { } problem) return;
        throw new InvalidOperationException($"{nameof(StreamxDashboardOptions)}.{nameof(StreamxDashboardOptions.TraceUrl)} {problem}");
    }

    private static string? ProblemOf(string address)
    {
        if (!address.Contains(Placeholder, StringComparison.Ordinal)) return $"must have {Placeholder} in the place of a trace's id.";
        if (!Uri.TryCreate(address.Replace(Placeholder, SampleId, StringComparison.Ordinal), UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            return "must be an absolute http or https address.";
        if (url.UserInfo.Length > 0) return "must not have a user name or a password: every reader of the page sees it.";
        return url.Host.Contains(SampleId, StringComparison.Ordinal) ? $"must not have {Placeholder} in the name of the host." : null;
    }
}
