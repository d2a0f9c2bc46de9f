using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace WorkerDemo;

/// <summary>Where the worker listens, if it is told to: the settings ASP.NET Core has for it, <c>--urls</c> and <c>HTTP_PORTS</c>.</summary>
internal static class ListenAddresses
{
    /// <summary>The key of addresses. It wins over ports.</summary>
    internal const string UrlsKey = "urls";

    /// <summary>The key of ports, which are opened on every interface.</summary>
    private const string PortsKey = "http_ports";

    /// <summary>The addresses; none opens no port. They look right; whether they are free is not known yet.</summary>
    /// <exception cref="SettingException">One of them cannot be listened on.</exception>
    internal static IReadOnlyList<string> Find(IConfiguration configuration)
    {
        var urls = Split(configuration[UrlsKey]);
        if (urls.Length > 0) return Array.ConvertAll(urls, CheckUrl);
        return Array.ConvertAll(Split(configuration[PortsKey]), UrlOfPort);
    }

    /// <summary>Tries every address, before anything is started that would have to be ended again.</summary>
    /// <exception cref="SettingException">One of them is in use, or not this machine's.</exception>
    internal static void CheckFree(IReadOnlyList<string> urls)
    {
        foreach (var url in urls)
        {
            var address = BindingAddress.Parse(url);
            if (address.IsUnixPipe) continue;
            try
            {
                // As the server does: a name that is no address means every interface.
                var ip = IPAddress.TryParse(address.Host.Trim('[', ']'), out var given) ? given
                    : address.Host == "localhost" ? IPAddress.Loopback
                    : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
                using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                if (ip.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
                socket.Bind(new IPEndPoint(ip, address.Port));
            }
            catch (SocketException error)
            {
                throw new SettingException($"--urls or HTTP_PORTS: {url} cannot be listened on: {error.Message}.", error);
            }
        }
    }

    /// <summary>What to tell the user when the server could not open an address that looked right.</summary>
    internal static string CannotListen(Exception error) => $"--urls or HTTP_PORTS: {error.Message}";

    private static string[] Split(string? list) => (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string CheckUrl(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException error)
        {
            throw Refuse("is not a URL, such as http://127.0.0.1:8080", error);
        }

        if (address.Scheme == Uri.UriSchemeHttps) throw Refuse("is not served: put what ends TLS in front");
        if (address.Scheme != Uri.UriSchemeHttp) throw Refuse("is not an http URL");
        if (address.PathBase.Length > 0) throw Refuse("has a path, which an address to listen on cannot have");
        // The parser takes a port that is none for a part of the host.
        if (!address.IsUnixPipe && (address.Port > ushort.MaxValue || (address.Host.Contains(':', StringComparison.Ordinal) && !address.Host.EndsWith(']'))))
            throw Refuse($"needs a port between 0 and {ushort.MaxValue}");
        if (address is { Port: 0, Host: "localhost", IsUnixPipe: false }) throw Refuse("leaves the port open, which localhost does not allow: use http://127.0.0.1:0");
        return url;

        SettingException Refuse(string because, Exception? error = null) => new($"--urls '{url}' {because}.", error);
    }

    private static string UrlOfPort(string port) => ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? $"http://*:{number}"
        : throw new SettingException($"HTTP_PORTS '{port}' is not a port: a number between 0 and {ushort.MaxValue}.");
}
