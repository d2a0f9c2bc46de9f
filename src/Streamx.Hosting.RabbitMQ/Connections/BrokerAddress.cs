namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// The parts of a broker's address. The address may contain a password, so no message contains any part of it but the host.
/// </summary>
/// <param name="Host">The host.</param>
/// <param name="Port">The port.</param>
/// <param name="IsTls">Whether the connection uses TLS.</param>
/// <param name="UserName">The user; null if it has none.</param>
/// <param name="Password">The password; null if it has none.</param>
/// <param name="VirtualHost">The virtual host; null if it has none.</param>
internal sealed record BrokerAddress(string Host, int Port, bool IsTls, string? UserName, string? Password, string? VirtualHost)
{
    private const string Form = "it has to be amqp://user:password@host:port/virtual-host, or amqps://";
    private const string Escape =
        "In user, password and virtual host a '/' is written as %2F, '#' as %23, '?' as %3F, ':' as %3A, '@' as %40 and '%' as %25; or "
        + "they stand in UserName and Password or PasswordFile";

    /// <summary>What is wrong with an address; null for nothing.</summary>
    internal static string? ProblemOf(Uri? uri)
    {
        if (uri is not { IsAbsoluteUri: true, Scheme: "amqp" or "amqps" }) return $"is not an address of RabbitMQ; {Form}.";
        if (uri.Host.Length == 0) return $"has no host; {Form}. {Escape}.";
        if (uri.Fragment.Length > 0 || uri.Query.Length > 0) return $"has a '#' or a '?', which is not part of such an address. {Escape}.";
        if (uri.Segments.Length > 2 || uri.AbsolutePath.Contains('@', StringComparison.Ordinal))
            return $"has more than a virtual host behind its host. {Escape}.";
        if (uri.UserInfo.Split(':').Length > 2) return $"has several colons before its host. {Escape}.";
        return null;
    }

    /// <summary>What is wrong with the text of an address; null if it can be parsed.</summary>
    internal static string? ProblemOf(string text) =>
        Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _)
            ? null
            : $"cannot be read: its host, its port or a part of it that is not escaped; {Form}. {Escape}.";

    /// <summary>Reads an address.</summary>
    /// <exception cref="TransportException">The text is no address.</exception>
    internal static BrokerAddress Read(Uri uri)
    {
        if (ProblemOf(uri) is { } problem) throw new TransportException($"The address {problem}");
        var isTls = uri.Scheme == "amqps";
        var user = uri.UserInfo.Split(':');
        return new BrokerAddress(
            uri.IdnHost.Trim('[', ']'),
            uri.IsDefaultPort || uri.Port < 0 ? isTls ? 5671 : 5672 : uri.Port,
            isTls,
            user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            uri.Segments.Length > 1 ? Uri.UnescapeDataString(uri.Segments[1]) : null);
    }

    /// <summary>The host alone, without the user.</summary>
    public override string ToString() => Host;
}
