using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Where the nodes of a cluster are.</summary>
internal static class Cluster
{
    /// <summary>Whether it says where a node is.</summary>
    internal static bool IsNode(string node) => Parse(node) is not null;

    /// <summary>All of them, the one of the address first.</summary>
    /// <param name="factory">What has taken the address in.</param>
    /// <param name="nodes">Further ones, as in the options.</param>
    internal static IEnumerable<AmqpTcpEndpoint> Endpoints(ConnectionFactory factory, IEnumerable<string> nodes)
    {
        var first = factory.Endpoint;
        return
        [
            first,
            .. nodes.Select(Parse).OfType<Uri>().Select(node => new AmqpTcpEndpoint(
                node.Host,
                node.IsDefaultPort ? first.Port : node.Port,
                // A certificate is that of the node, not of the first.
                new SslOption(node.Host, enabled: first.Ssl.Enabled) { Version = first.Ssl.Version },
                first.MaxInboundMessageBodySize)),
        ];
    }

    private static Uri? Parse(string node) =>
        Uri.TryCreate($"tcp://{node}", UriKind.Absolute, out var uri) && uri is { Host.Length: > 0, PathAndQuery: "" or "/", UserInfo: "" } ? uri : null;
}
