using System.Net;
using System.Net.Sockets;

namespace Streamx.Hosting.RabbitMQ.Tests.Brokers;

/// <summary>Ports nobody listens on.</summary>
internal static class Ports
{
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
