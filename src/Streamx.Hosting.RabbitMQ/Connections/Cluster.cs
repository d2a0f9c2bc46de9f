using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The addresses of a cluster's nodes.</summary>
internal static class Cluster
{
    /// <summary>Whether a text is the address of a node.</summary>
    internal static bool IsNode(string node) => Parse(node) is not null;

    /// <summary>All nodes, the one of the address first.</summary>
    /// <param name="address">The address.</param>
    /// <param name="nodes">Further ones, as in the options.</param>
    /// <param name="tls">Makes the TLS settings for a host.</param>
    internal static IEnumerable<AmqpTcpEndpoint> Endpoints(BrokerAddress address, IEnumerable<string> nodes, Func<string, SslOption> tls) =>
    [
        new AmqpTcpEndpoint(address.Host, address.Port, tls(address.Host), RabbitMqOptionsValidator.MostBytes),
        // Each certificate is that of its node, not of the first.
        .. nodes.Select(Parse).OfType<Uri>().Select(
            node => new AmqpTcpEndpoint(
                node.Host, node.IsDefaultPort ? address.Port : node.Port, tls(node.Host), RabbitMqOptionsValidator.MostBytes)),
    ];

    private static Uri? Parse(string node) =>
        Uri.TryCreate($"tcp://{node}", UriKind.Absolute, out var uri)
            && uri is { Host.Length: > 0, PathAndQuery: "" or "/", UserInfo: "", Fragment: "" }
            ? uri
            : null;
}
