using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Streamx.Hosting.Dashboard;

/// <summary>The authorization that an endpoint requires.</summary>
internal static class AuthorizationMetadata
{
    /// <summary>
    /// Whether the endpoint of a request asks for authorization. The framework fails a request to such an endpoint when nothing has
    /// authorized it.
    /// </summary>
    /// <remarks>A fallback policy of the application is not metadata: it does not count.</remarks>
    internal static bool IsPresent(HttpContext context) =>
        context.GetEndpoint()?.Metadata is { } metadata
        && metadata.GetMetadata<IAllowAnonymous>() is null
        && (metadata.GetMetadata<IAuthorizeData>() is not null || metadata.GetMetadata<AuthorizationPolicy>() is not null);
}
