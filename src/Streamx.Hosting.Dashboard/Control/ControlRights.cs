using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Streamx.Hosting.Dashboard;

/// <summary>Which requests may control workers: the user's rights, and whether the page sent the request.</summary>
/// <remarks>
/// The page sets no cookies, so antiforgery is a token that only a page of the same origin can read, signed for one user, and has to
/// send in a header, which no form can. In addition, the origin that the browser gives has to match.
/// </remarks>
internal sealed class ControlRights(StreamxDashboardOptions options, TimeProvider clock)
{
    /// <summary>The header that carries the token.</summary>
    internal const string TokenHeader = "X-Streamx-Antiforgery";

    /// <summary>How long a token is valid.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    /// <summary>The key that signs tokens. Only this process knows it, so a new process refuses old tokens.</summary>
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Whether users that the authorization admits may control workers.</summary>
    internal bool IsOpen(HttpContext context) => options.AllowControl && AuthorizationMetadata.IsPresent(context);

    /// <summary>A token for the user of a request.</summary>
    internal string CreateToken(HttpContext context) => Sign(clock.GetUtcNow().Add(Lifetime).ToUnixTimeSeconds(), context.User);

    /// <summary>Why a request is refused, or null.</summary>
    internal string? FindObjection(HttpContext context)
    {
        if (!options.AllowControl) return "the page is read-only: AllowControl is not set";
        if (!AuthorizationMetadata.IsPresent(context))
            return "control needs authorization: call RequireAuthorization() on what MapStreamxDashboard returns";
        var headers = context.Request.Headers;
        // The browser's own verdict comes first: behind a proxy that sends its upstream's name as Host, the origin is never the request's.
        if (headers["Sec-Fetch-Site"] is { Count: > 0 } site)
        {
            if (site != "same-origin") return "the request comes from another site";
        }
        else if (headers.Origin is { Count: > 0 } origin && !IsOwn(origin.ToString(), context.Request))
        {
            return "the request comes from another origin";
        }

        return IsGood(headers[TokenHeader].ToString(), context.User) ? null : "the antiforgery token is missing or no longer good";
    }

    /// <summary>Compares names and ports only: a proxy that terminates TLS hides the scheme from this server.</summary>
    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var theirs)
        && Uri.TryCreate($"{theirs.Scheme}://{request.Host}", UriKind.Absolute, out var own)
        && string.Equals(theirs.Authority, own.Authority, StringComparison.OrdinalIgnoreCase);

    private bool IsGood(string token, ClaimsPrincipal user)
    {
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && long.TryParse(token.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var until)
            && until > clock.GetUtcNow().ToUnixTimeSeconds()
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Sign(until, user)));
    }

    private string Sign(long until, ClaimsPrincipal user)
    {
        var identity = Encoding.UTF8.GetBytes(
            $"{user.FindFirstValue(ClaimTypes.NameIdentifier)}\n{user.Identity?.AuthenticationType}\n{user.Identity?.Name}");
        var signed = new byte[sizeof(long) + identity.Length];
        BinaryPrimitives.WriteInt64LittleEndian(signed, until);
        identity.CopyTo(signed, sizeof(long));
        return $"{until}.{Base64Url.EncodeToString(HMACSHA256.HashData(_key, signed))}";
    }
}
